import { InputError, quoted, shortened } from '@idlm/core-diffusion';
import { type Path, fieldAt, isChoice, isText, isWithin } from './fields';
import { unknownField } from './problems';
import { yaml } from './yaml';
import { valueOf, yamlFault } from './yaml-file';

/** A field set from outside the file. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** What set it, for messages and `origins`, such as `--set` or `IDLM_ENGINE`. */
  readonly origin: string;
}

/** Whether an origin is of the command line, and so means the one command: `--set` or a flag. */
export const isCommanded = (origin: string): boolean => origin.startsWith('--');

/** Environment variables that set a field. */
export const ENVIRONMENT = {
  IDLM_ENGINE: 'engine.name',
  IDLM_THREADS: 'engine.threads',
  IDLM_SEED: 'seed',
} as const satisfies Readonly<Record<string, string>>;

/** How lists, sections and quoted texts begin in YAML. */
const OPENING = /^[{['"]/;

/**
 * The value that a text means for a field: the text itself where text is wanted, else as YAML reads it.
 * @throws InputError for a list, a section or a quoted text that is no valid YAML
 */
function typedValue(text: string, path: Path, origin: string): unknown {
  const field = fieldAt(path)!;
  // A choice is a name, which may be a folder's, or a section.
  if ((isText(field) || (isChoice(field) && !OPENING.test(text))) && text !== 'null') return text;
  const document = yaml().parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (!error) return valueOf(document, `${origin} ${quoted(text)}`);
  if (!OPENING.test(text)) return text;
  throw new InputError(`${origin}: ${quoted(text)} ${yamlFault(error)}.`);
}

/**
 * The override that a text such as `64` means for a field such as `data.length`.
 * @throws InputError with the nearest name if there is no such field; for a list or section that is no valid YAML
 */
export function override(field: string, text: string, origin: string): Override {
  const path = field.split('.');
  const missing = path.findIndex((_, depth) => !fieldAt(path.slice(0, depth + 1)));
  if (missing >= 0)
    throw new InputError(`${origin} ${shortened(field)}: ${unknownField(path.slice(0, missing + 1)).sentence}`);
  return { path, value: typedValue(text, path, origin), origin };
}

/**
 * Reads `--set a.b=c` arguments.
 * @throws InputError for one without "=" or of an unknown field
 */
export const readSettings = (settings: readonly string[]): Override[] =>
  settings.map((setting) => {
    const [, field, text] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(setting) ?? [];
    if (field === undefined)
      throw new InputError(`--set takes field=value, such as --set data.length=128; ${quoted(setting)} was given.`);
    return override(field, text!.trim(), '--set');
  });

/** Overrides from environment variables. @throws InputError as `override` */
export const readEnvironment = (environment: Readonly<Record<string, string | undefined>>): Override[] =>
  Object.entries(ENVIRONMENT).flatMap(([name, field]) => {
    const text = environment[name];
    return text ? [override(field, text, name)] : [];
  });

/**
 * Refuses a field that a flag sets to one value and `--set` to another.
 * @throws InputError naming both
 */
export function requireAgreement(flags: readonly Override[], settings: readonly Override[]): void {
  for (const flag of flags) {
    const [path, value] = [flag.path.join('.'), JSON.stringify(flag.value)];
    const other = settings.findLast((one) => {
      const set = one.path.join('.');
      return isWithin(set, path) || isWithin(path, set);
    });
    if (!other || (other.path.join('.') === path && JSON.stringify(other.value) === value)) continue;
    throw new InputError(
      `${flag.origin} sets ${path} to ${quoted(flag.value)}, and ${other.origin} ${other.path.join('.')} to ${quoted(other.value)}; give one of them.`,
    );
  }
}

/** A section to put a field into: a choice that stands as a mere name becomes `{ name }`. */
function sectionFrom(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  const field = fieldAt(path);
  const standing = value ?? (isChoice(field) ? field!.default : undefined);
  if (typeof standing === 'string') return { name: standing };
  return (standing ?? {}) as Readonly<Record<string, unknown>>;
}

/** A copy of a configuration with one field set. */
export function applyOverride(value: unknown, { path, value: set }: Override, depth = 0): unknown {
  const name = path[depth];
  if (name === undefined) return set;
  const section = sectionFrom(value, path.slice(0, depth));
  return { ...section, [name]: applyOverride(section[name], { path, value: set, origin: '' }, depth + 1) };
}
