import type { Command, Option } from 'commander';

/** A flag that the command has not, with the value given to it. */
export interface UnknownFlag {
  /** With its dashes. */
  readonly flag: string;
  readonly value?: string;
}

/** What of a command line the command that it names has no place for. */
export interface UnknownWords {
  readonly command: Command;
  /** Such as `engine info`, or `train scorer`, which is trained by settings of its own; empty for the program itself. */
  readonly name: string;
  readonly flags: readonly UnknownFlag[];
  /** Words beside options, the command's own arguments among them. */
  readonly words: readonly string[];
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** The option that a word stands for, as `--steps`, `--steps=8`, `-n` or `-n8`. */
const optionOf = ({ options }: Command, word: string): Option | undefined =>
  options.find(({ long, short }) =>
    word.startsWith('--') ? word.split('=', 1)[0] === long : word.slice(0, 2) === short,
  );

/** The command that the first words name, and the words behind them. */
export function commandOf(
  program: Command,
  argv: readonly string[],
): { readonly command: Command; readonly name: string; readonly rest: string[] } {
  let [command, at] = [program, 0];
  const names: string[] = [];
  for (; at < argv.length; at++) {
    const next = command.commands.find((one) => one.name() === argv[at]);
    if (!next) break;
    command = next;
    names.push(next.name());
  }
  return { command, name: names.join(' '), rest: argv.slice(at) };
}

/** Reads a command line as the parser would, and gathers what it would refuse. */
export function unknownWords(program: Command, argv: readonly string[]): UnknownWords {
  const { command, name, rest } = commandOf(program, argv);
  const flags: UnknownFlag[] = [];
  const words: string[] = [];
  for (let at = 0; at < rest.length && rest[at] !== '--'; at++) {
    const word = rest[at]!;
    if (!/^-\D/.test(word)) {
      words.push(word);
      continue;
    }
    const [flag, ...given] = word.split('=');
    const option = optionOf(command, word);
    if (option) {
      if (takesValue(option) && (word === option.long || word === option.short)) at++;
      continue;
    }
    const next = rest[at + 1];
    const follows = !given.length && next !== undefined && !/^-\D/.test(next);
    if (follows) at++;
    flags.push({ flag: flag!, value: given.length ? given.join('=') : follows ? next : undefined });
  }
  return { command, name: words[0] === 'scorer' ? `${name} scorer` : name, flags, words };
}
