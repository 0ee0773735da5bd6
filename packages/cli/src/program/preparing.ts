import type { Command } from 'commander';
import type { PrepareCommandOptions } from '../commands/prepare';
import { withConfig } from '../flags/config-flags';
import { type Run, example } from './shared';

/** Adds the command that writes text as tokens. */
export function addPreparing(program: Command, { terminal, interrupts }: Run): void {
  const preparing = program
    .command('prepare')
    .description('write a large text as tokens, once, for any number of runs');
  preparing
    .argument('<input...>', 'files, folders and patterns of files, such as "texts/*.jsonl.zst"')
    .requiredOption('-o, --out <folder>', 'where the tokens go; data.corpus names it then')
    .option('--length <number>', 'tokens of a sequence (data.length); packed text can be cut otherwise later')
    .option('--threads <number>', 'threads that encode (default: as many as there are cores)')
    .action(async (inputs: string[], options: PrepareCommandOptions) =>
      (await import('../commands/prepare')).prepareCommand(inputs, options, terminal, interrupts),
    );
  example(withConfig(preparing), 'idlm prepare "texts/*.jsonl.zst" --tokenizer gpt2 --out prepared');
}
