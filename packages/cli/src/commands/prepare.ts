import { type Override, requireRead } from '@idlm/recipe/config';
import { writePrepared } from '@idlm/recipe/text';
import { describeText } from '../sentences/corpus';
import { type Interrupts, type Terminal, terminalReporter } from '../terminal';
import type { ConfigOptions } from '../flags/config-flags';
import { readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm prepare`. */
export interface PrepareCommandOptions extends ConfigOptions {
  readonly out: string;
  readonly length?: string;
  readonly threads?: string;
}

const flagsOf = ({ length }: PrepareCommandOptions): Override[] =>
  length === undefined
    ? []
    : [{ path: ['data', 'length'], value: wholeNumber('--length', length), origin: '--length' }];

/** `idlm prepare`: text as files of tokens, which `data.corpus` can name. */
export async function prepareCommand(
  inputs: readonly string[],
  options: PrepareCommandOptions,
  terminal: Terminal,
  { signal, defer }: Interrupts,
): Promise<void> {
  const loaded = await readLoadedConfig(options, flagsOf(options));
  const otherwise = 'the text is what is named behind the command';
  requireRead(loaded, 'prepare', [{ fields: ['data.corpus'], isRead: false, otherwise }]);
  const { out, threads } = options;
  const reporter = terminalReporter(terminal);
  reporter.doing('Reading the text');
  defer();
  const index = await writePrepared(loaded.config, {
    ...{ inputs, out, signal },
    ...(threads === undefined ? {} : { threads: wholeNumber('--threads', threads, 0) }),
    onReading: ({ bytes, total }) => reporter.doing(`Writing tokens, ${Math.floor((100 * bytes) / total)} %`),
  });
  index.notes.forEach((note) => terminal.note(note));
  terminal.note(describeText(inputs.join(' '), index));
  const { layout, length, facts, tokenizer } = index;
  terminal.result({ out, layout, length, tokenizer, ...facts }, () => out);
}
