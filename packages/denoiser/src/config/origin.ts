import type { Spec } from '@idlm/core-diffusion';

/** How a model was made. */
export interface Making {
  /** Updates that its weights have seen. */
  readonly updates?: number;
  /** What chose these weights among those of its run: the updates of what it kept, and their score where it has one. */
  readonly guard?: { readonly kept?: number; readonly score?: number };
  /** What a student was distilled by, with its relaxation. */
  readonly objective?: Spec;
  /** sha256 of the weights that a student was distilled from. */
  readonly teacher?: string;
  /** The text: its name, sha256 over its tokens, and the share that was held out. */
  readonly data?: { readonly corpus: string; readonly hash: string; readonly heldOut: number };
  readonly seed?: number;
  /** What the files that it was converted from did not say and was assumed, in sentences. */
  readonly assumed?: readonly string[];
  /** Of `idlm` and Node. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** What a model is and how it was made, as it stands under `idlm` in `config.json`. */
export interface Origin {
  /** What it was trained to be, such as `teacher`, `student` or `scorer`; absent where nobody has said it. */
  readonly role?: string;
  readonly made?: Making;
  /** Modules that register what it is made of, such as its network, family, schedule or tokenizer; absent where all are this project's own. */
  readonly imports?: readonly string[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isOptional = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value);

/** What each member of a making holds where `idlm` wrote it. */
const MEMBERS: Readonly<Record<keyof Making, (value: unknown) => boolean>> = {
  updates: isCount,
  guard: (value) =>
    isObject(value) && isOptional(value['kept'], isCount) && isOptional(value['score'], Number.isFinite),
  objective: (value) => isObject(value) && isText(value['name']) && isOptional(value['options'], isObject),
  teacher: isText,
  data: (value) =>
    isObject(value) && isText(value['corpus']) && isText(value['hash']) && Number.isFinite(value['heldOut']),
  seed: isCount,
  assumed: isTexts,
  versions: (value) => isObject(value) && Object.values(value).every(isText),
};

/** The members that are as `idlm` writes them; what else stands there is another program's. */
const makingIn = (made: Readonly<Record<string, unknown>>): Making =>
  Object.fromEntries(Object.entries(MEMBERS).flatMap(([name, is]) => (is(made[name]) ? [[name, made[name]]] : [])));

/** What a `config.json` tells of a model's origin; nothing where it does not, or another program wrote there. */
export function modelOrigin(value: unknown): Origin {
  const found = isObject(value) ? value['idlm'] : undefined;
  if (!isObject(found)) return {};
  const { role, made, imports } = found;
  return {
    ...(typeof role === 'string' ? { role } : {}),
    ...(isObject(made) ? { made: makingIn(made) } : {}),
    ...(isTexts(imports) && imports.length ? { imports } : {}),
  };
}

/** A model's origin as its `config.json` holds it; nothing where nothing is known. */
export function originField({ role, made, imports }: Origin): { readonly idlm?: Origin } {
  if (!role && !made && !imports?.length) return {};
  return { idlm: { ...(role ? { role } : {}), ...(made ? { made } : {}), ...(imports?.length ? { imports } : {}) } };
}

/** What to do about a name that a model was saved with and nobody has registered, as a clause. */
export function importAdvice({ imports = [] }: Pick<Origin, 'imports'>): string {
  const flags = imports.map((module) => `--import ${module}`).join(' ');
  return imports.length
    ? `import what it was saved with, ${imports.join(' and ')} (imports in a configuration, or ${flags})`
    : 'import the module that registers it (imports in a configuration, or --import)';
}
