import { InputError, listed } from '@idlm/core-diffusion/errors';
import type { Command } from 'commander';
import { type Field, configJsonSchema, fieldAt, innerFields } from '@idlm/recipe/config';
import { OTHER_UNITS, meaningsOf, sectionsOf } from './synonyms';
import type { UnknownFlag, UnknownWords } from './unknown-words';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The paths of all fields below one that hold a value. */
function fieldPaths(field: Field, path = ''): string[] {
  const inner = innerFields(field);
  if (!inner) return [path];
  return Object.entries(inner).flatMap(([name, one]) => fieldPaths(one, path ? `${path}.${name}` : name));
}

let all: string[] | undefined;

/** Made when first asked for: most command lines need none. */
const allPaths = (): string[] => (all ??= fieldPaths(configJsonSchema()));

/** The field of a command that ends with these names. */
function fieldOf(command: string, names: string): string | undefined {
  const sections = sectionsOf(command);
  if (sections.length && names.includes('.') && fieldAt(names.split('.'))) return names;
  const ending = allPaths().filter((path) => path === names || path.endsWith(`.${names}`));
  return sections
    .map((section) => ending.find((path) => path === section || path.startsWith(`${section}.`)))
    .find((path) => path !== undefined);
}

/** A word as a shell takes it for one. */
const quoted = (word: string): string => (/[\s'"]/.test(word) ? JSON.stringify(word) : word);

const isList = (field: Field | undefined): boolean => Boolean(field?.items ?? field?.anyOf?.some(isList));

/** How a field is set to a text: a list to a list of it. */
function setting(path: string, value: string): string {
  const bare = isList(fieldAt(path.split('.'))) && !value.startsWith('[');
  return `--set ${quoted(`${path}=${bare ? `[${value}]` : value}`)}`;
}

/** What to write for one meaning of a flag. */
function spelling({ command, name }: UnknownWords, meaning: string, value: string | undefined): string | undefined {
  const long = `--${kebab(meaning)}`;
  const option = command.options.find((one) => one.long === long);
  if (option) return option.required ? `${long} ${quoted(value ?? '…')}` : long;
  const path = fieldOf(name, meaning);
  return path && setting(path, value ?? '…');
}

/** Commands below a command, and their names. */
const commandsBelow = (command: Command, name = ''): [string, Command][] =>
  command.commands.flatMap((one) => {
    const full = `${name} ${one.name()}`.trim();
    return [[full, one] as [string, Command], ...commandsBelow(one, full)];
  });

/** Says which commands have a flag. */
function owners(program: Command, flag: string): string | undefined {
  const names = commandsBelow(program).flatMap(([name, { options }]) =>
    options.some(({ long, short }) => flag === long || flag === short) ? [`"idlm ${name}"`] : [],
  );
  return names.length ? `it is an option of ${listed(names)}` : undefined;
}

/** What to write instead of a flag; undefined where nothing like it is known. */
function advice(program: Command, unknown: UnknownWords, { flag, value }: UnknownFlag): string | undefined {
  const name = flag.replace(/^-+/, '').replaceAll('_', '-').replace(/^no-/, '');
  const unit = OTHER_UNITS[name];
  const spellings = meaningsOf(unknown.name, name).map((meaning) => spelling(unknown, meaning, unit ? '…' : value));
  const found = spellings.filter((one) => one !== undefined);
  if (found.length) return `write ${listed(found)}${unit ? ` (${unit})` : ''}`;
  return owners(program, flag);
}

/** What words beside options are where a command takes none. */
const WORDS: Readonly<Record<string, (word: string) => string>> = {
  distill: (word) => `name the teacher by --teacher ${word}`,
  eval: (word) => `name models by --teacher ${word} or --student ${word}`,
  compare: (word) => `name objectives by --objectives ${word}, and a teacher by --teacher`,
};

/**
 * Refuses flags that other programs or commands have, and models that stand without their flag.
 * @throws InputError that says what to write instead; what is merely mistyped is left to the parser
 */
export function refuseForeignFlags(program: Command, unknown: UnknownWords): void {
  const { name, flags, words } = unknown;
  const shown = `"${`idlm ${name}`.trim()}"`;
  for (const one of flags) {
    const instead = advice(program, unknown, one);
    if (instead) throw new InputError(`${shown} has no option ${one.flag}; ${instead}.`);
  }
  if (words.length && WORDS[name])
    throw new InputError(`${shown} takes no "${words[0]}" by itself; ${WORDS[name](words[0]!)}.`);
}
