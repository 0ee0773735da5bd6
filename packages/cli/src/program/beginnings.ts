import { type Command, Option } from 'commander';
import type { QuickstartCommandOptions } from '../commands/quickstart';
import { QUICKSTART_DATA, QUICKSTART_FAMILIES } from '../quickstart/settings';
import { ENGINES, type Run, example, withPresets } from './shared';

/** Adds the commands to begin with. */
export function addBeginnings(program: Command, { terminal, interrupts }: Run): void {
  const starting = program.command('quickstart').description('text to teacher to student to report, in a few minutes');
  starting
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .option('--no-compile', 'op by op instead of whole steps at once')
    .addOption(
      new Option('--data <name>', 'text: a novel, or words, each padded to a row')
        .choices(QUICKSTART_DATA)
        .default('moby-dick'),
    )
    .addOption(new Option('--family <name>', 'kind of diffusion').choices(QUICKSTART_FAMILIES).default('mdlm'))
    .option('--seed <number>', 'seed of everything random', '1')
    .option(
      '-o, --out <folder>',
      'where models, numbers and the report go; what was interrupted goes on',
      'runs/quickstart',
    )
    .option('--smoke', 'much shorter, to see that it works')
    .action(async (options: QuickstartCommandOptions) =>
      (await import('../commands/quickstart')).quickstartCommand(options, terminal, interrupts),
    );
  example(starting, 'idlm quickstart --engine wasm');
  const init = program.command('init').description('write a commented configuration');
  init
    .argument('[file]', 'where', 'idlm.yaml')
    .option('--preset <name>', 'with the values of a preset, instead of the defaults')
    .option('--force', 'replace a file that is there')
    .action(async (path: string, options: { preset?: string; force?: boolean }) => {
      await (await import('@idlm/recipe/config')).initConfig({ path, ...options });
      terminal.result({ path }, () => path);
    });
  example(withPresets(init), 'idlm init my-text.yaml --preset duo');
}
