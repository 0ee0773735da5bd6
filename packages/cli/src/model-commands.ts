import type { Command } from 'commander';
import type { ConvertOptions } from './commands/convert';
import { IMPORT, collect } from './flags/config-flags';
import type { Terminal } from './terminal';

/** Adds the commands that handle models as files. */
export function addModelCommands(program: Command, terminal: Terminal): void {
  program
    .command('convert')
    .description('write a model to another folder: bit for bit, or its weights rounded to another type')
    .argument('<from>', 'model folder or run')
    .argument('<to>', 'the new model folder')
    .option('--dtype <name>', 'f32, bf16 or f16: what weights are rounded to', 'f32')
    .option('--family <name>', 'kind of diffusion of a model whose config.json does not tell it')
    .option('--import <module>', IMPORT, collect, [])
    .option('--force', 'replace a folder that is there')
    .addHelpText('after', '\nExample:\n  $ idlm convert runs/student student-bf16 --dtype bf16')
    .action(async (from: string, to: string, options: ConvertOptions) =>
      (await import('./commands/convert')).convertCommand(from, to, options, terminal),
    );
}
