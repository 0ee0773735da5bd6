import { existsSync } from 'node:fs';
import { InputError, didYouMean, shortened } from '@idlm/core-diffusion/errors';
import { declarationOf, optionInWords } from '@idlm/core-diffusion/choices';
import { type ChoicesOfKind, type NamedChoice, importConfigured, namedChoices } from '@idlm/recipe/config';
import { helpLines } from '../flags/help-list';
import type { Terminal } from '../terminal';

/** Flags of `idlm options`. */
export interface OptionsCommandOptions {
  readonly config?: string;
  readonly import: readonly string[];
}

/** Those of a kind, or of one name in all kinds; all where nothing is asked for. */
function asked(all: readonly ChoicesOfKind[], words: readonly string[]): readonly ChoicesOfKind[] {
  if (!words.length) return all;
  const isKind = ({ kind, one }: ChoicesOfKind) => words.includes(kind) || words.includes(one);
  const known = all.flatMap(({ kind, one, choices }) => [kind, one, ...choices.map(({ name }) => name)]);
  for (const word of words) {
    if (known.includes(word)) continue;
    const help = didYouMean(word, known, '"idlm options" lists all.');
    throw new InputError(`There is no choice and no kind of choice named "${shortened(word)}"; ${help}`);
  }
  return all
    .map((ofKind) =>
      isKind(ofKind) ? ofKind : { ...ofKind, choices: ofKind.choices.filter(({ name }) => words.includes(name)) },
    )
    .filter(({ choices }) => choices.length);
}

/** The options of a choice, each with what it takes, its default and what it means. */
const optionItems = ({ options = {} }: NamedChoice) =>
  Object.entries(options).map(([name, declared]) => {
    const { default: standing, meaning } = declarationOf(declared);
    const shown = typeof standing === 'string' ? standing : JSON.stringify(standing);
    const value = shown === undefined ? '' : ` (default ${shown})`;
    return { name, description: `${optionInWords(declared)}${value}${meaning ? `: ${meaning}` : ''}` };
  });

/** A choice with what it is, and its options below it. */
const written = (choice: NamedChoice): string =>
  [
    `  ${choice.name}: ${choice.description}`,
    ...helpLines(optionItems(choice)).map((line) => line.replaceAll(/^/gm, '  ')),
  ].join('\n');

const titled = ({ kind, choices }: ChoicesOfKind): string =>
  [`${kind[0]!.toUpperCase()}${kind.slice(1)}:`, ...choices.map(written)].join('\n');

/** All that a configuration chooses by name with the options of each, what imported modules register among them. */
export async function optionsCommand(
  words: readonly string[],
  { config, import: imports }: OptionsCommandOptions,
  terminal: Terminal,
): Promise<void> {
  // It registers the judge gpt2.
  await import('@idlm/recipe/evaluation');
  await importConfigured(config ?? (existsSync('idlm.yaml') ? 'idlm.yaml' : undefined), { imports });
  const found = asked(namedChoices(), words);
  terminal.result(found, () => found.map(titled).join('\n\n'));
}
