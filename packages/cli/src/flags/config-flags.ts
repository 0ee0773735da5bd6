import type { EngineName } from '@idlm/engine';
import type { Command } from 'commander';

/** Options of every command that reads a configuration. */
export interface ConfigOptions {
  readonly config?: string;
  readonly preset?: string;
  readonly set: readonly string[];
  /** Modules to load first. */
  readonly import?: readonly string[];
  readonly engine?: EngineName | 'auto';
  /** False with `--no-compile`. */
  readonly compile?: boolean;
  readonly seed?: string;
  /** A name, a `tokenizer.json` or its folder. */
  readonly tokenizer?: string;
}

/** Options of the commands that write a run. */
export interface RunFlags extends ConfigOptions {
  readonly out: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Gathers an option that may be given several times. */
export const collect = (value: string, all: readonly string[]): string[] => [...all, value];

/** What help says of --import. */
export const IMPORT =
  'module of yours (./mine.mjs, or a package) that registers a family, network, sampler, objective, …; may be repeated; with --help, names are listed ("idlm options": with what can be set of each)';

/** Adds the flags of every command that reads a configuration. */
export const withSettings = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'YAML configuration (default: idlm.yaml here, else defaults)')
    .option('--preset <name>', 'start from a preset ("idlm train --help" lists them) instead of idlm.yaml here')
    .option('--set <field=value>', 'set a field, such as teacher.updates=500; may be repeated', collect, [])
    .option('--tokenizer <name>', 'characters, bytes, gpt2, or a tokenizer.json or its folder (data.tokenizer)')
    .option('--import <module>', IMPORT, collect, [])
    .option('--engine <name>', 'auto, native, wasm or cpu')
    .option('--no-compile', 'op by op instead of whole steps at once');

/** Adds the same, and the seed. @param seed what help says of it */
export const withConfig = (command: Command, seed = 'seed of everything random'): Command =>
  withSettings(command).option('--seed <number>', seed);
