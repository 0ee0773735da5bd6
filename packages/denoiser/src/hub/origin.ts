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
  /** Of `idlm` and Node. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** What a model is and how it was made, as it stands under `idlm` in `config.json`. */
export interface Origin {
  /** What it was trained to be, such as `teacher`, `student` or `scorer`; absent where nobody has said it. */
  readonly role?: string;
  readonly made?: Making;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a `config.json` tells of a model's origin; nothing where it does not, or another program wrote there. */
export function modelOrigin(value: unknown): Origin {
  const found = isObject(value) ? value['idlm'] : undefined;
  if (!isObject(found)) return {};
  const { role, made } = found;
  return {
    ...(typeof role === 'string' ? { role } : {}),
    ...(isObject(made) ? { made: made as Making } : {}),
  };
}
