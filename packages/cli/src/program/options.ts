import type { Command } from 'commander';
import type { OptionsCommandOptions } from '../commands/options';
import { collect } from '../flags/config-flags';
import { type Run, example } from './shared';

/** Adds the command that lists what configurations choose by name. */
export function addOptions(program: Command, { terminal }: Run): void {
  const listing = program
    .command('options')
    .argument('[names...]', 'of choices (psi) or kinds of them (samplers); all if none is given')
    .description('list families, samplers, objectives, …, each with its options, their ranges and defaults')
    .option('-c, --config <file>', 'configuration whose imports are listed, too (default: idlm.yaml here)')
    .option('--import <module>', 'module of yours (./mine.mjs, or a package) whose names are listed, too', collect, [])
    .action(async (names: string[], options: OptionsCommandOptions) =>
      (await import('../commands/options')).optionsCommand(names, options, terminal),
    );
  example(listing, 'idlm options psi remdm');
}
