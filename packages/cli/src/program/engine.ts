import type { EngineName } from '@idlm/engine';
import type { InstallOptions } from '@idlm/engine/install';
import { type Command, Option } from 'commander';
import type { EngineCheckOptions } from '../commands/engine-check';
import { ENGINES, type Run, example } from './shared';

/** Adds the commands of what computes. */
export function addEngine(program: Command, { terminal }: Run): void {
  const engine = program.command('engine').description('install or describe what computes');
  const installing = engine.command('install').description('bring the native engine (libtensorflow) for this user');
  installing
    .option('--index-url <url>', 'Python package index to take it from, instead of your own settings')
    .option('--from <path>', 'an installed TensorFlow, a wheel, or a folder with the libraries')
    .addOption(new Option('--via <way>', 'how to fetch').choices(['auto', 'pip', 'uv', 'index']))
    .option('--gpu', 'with CUDA (Linux x64; not yet run on a GPU by us)')
    .option('--force', 'install again')
    .action(async (options: InstallOptions) => (await import('../commands/engine')).engineInstall(options, terminal));
  example(installing, 'idlm engine install');
  const info = engine.command('info').description('backend, version, devices, threads and a measured rate');
  info
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .action(async (options: { readonly engine: EngineName | 'auto' }) =>
      (await import('../commands/engine')).engineInfo(options, terminal),
    );
  example(info, 'idlm engine info --engine wasm');
  const checking = engine.command('check').description('compare what it computes with plain JavaScript, and time it');
  checking
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .addOption(
      new Option('--compile <mode>', 'how steps are compiled').choices(['auto', 'graph', 'xla', 'off']).default('auto'),
    )
    .addOption(new Option('--precision <name>', 'of products').choices(['float32', 'tf32', 'bfloat16']))
    .action(async (options: EngineCheckOptions) =>
      (await import('../commands/engine-check')).engineCheck(options, terminal),
    );
  example(checking, 'idlm engine check --compile xla');
}
