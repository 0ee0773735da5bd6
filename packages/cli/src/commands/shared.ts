import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, quoted } from '@idlm/core-diffusion';
import { RUN_FILES } from '@idlm/trainer';
import { type ConfigSources, type LoadedConfig, type Override, loadConfig } from '@idlm/recipe/config';
import { type RunRecords, findImports, readRunRecords } from '@idlm/recipe/records';
import { withPlaces } from '@idlm/recipe/runs';
import type { ConfigOptions } from '../flags/config-flags';

const flagsOf = ({ engine, compile, seed, tokenizer }: ConfigOptions): Override[] => [
  ...(engine ? [{ path: ['engine', 'name'], value: engine, origin: '--engine' }] : []),
  ...(compile === false ? [{ path: ['engine', 'compile'], value: 'off', origin: '--no-compile' }] : []),
  ...(tokenizer === undefined ? [] : [{ path: ['data', 'tokenizer'], value: tokenizer, origin: '--tokenizer' }]),
  ...(seed === undefined ? [] : [{ path: ['seed'], value: wholeNumber('--seed', seed, 0), origin: '--seed' }]),
];

/**
 * The configuration that a command line means: flags over environment over file over preset over defaults.
 * @param flags fields set by flags of one command
 * A named preset stands in for an `idlm.yaml` that merely lies here.
 */
export async function readLoadedConfig(options: ConfigOptions, flags: readonly Override[] = []): Promise<LoadedConfig> {
  const implicit = options.preset === undefined && existsSync('idlm.yaml') ? 'idlm.yaml' : undefined;
  return readOver(options, flags, options.config ?? implicit);
}

/** What a command line sets over a file, and that over a base. */
async function readOver(
  options: ConfigOptions,
  flags: readonly Override[],
  file: string | undefined,
  base?: ConfigSources['base'],
): Promise<LoadedConfig> {
  const { preset, set: settings, import: imports } = options;
  const environment = process.env;
  return loadConfig(file, { base, preset, environment, settings, imports, flags: [...flagsOf(options), ...flags] });
}

/**
 * The configuration that a run was started with, and what is set over it: by the file and preset that are named, the environment,
 * settings and flags.
 * @throws InputError if the folder holds no run, its records are damaged, or its text is nowhere, and as `resolveConfig`
 */
export async function readRunConfig(
  folder: string,
  options: ConfigOptions,
): Promise<{ loaded: LoadedConfig; records: RunRecords }> {
  const name = join(folder, RUN_FILES.config);
  const records = await readRunRecords(folder, 'put back what was written, or begin a new run');
  if (!records)
    throw new InputError(`${folder} holds no run (${RUN_FILES.config} is missing); name the folder of one.`);
  const imports = findImports(records.manifest?.imports ?? [], folder, options.import);
  const loaded = await readOver(options, [], options.config, { config: { ...records.config, imports }, name });
  return { loaded: withPlaces(loaded, records, name), records };
}

/** A whole number of a flag. @throws InputError naming the flag and what was given */
export function wholeNumber(flag: string, text: string, least = 1): number {
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InputError(`${flag} takes a whole number, at least ${least}; ${quoted(text)} was given.`);
}

/** A port of a flag; 0: any that is free. @throws InputError naming the flag */
export function portNumber(flag: string, text: string): number {
  const value = wholeNumber(flag, text, 0);
  if (value < 2 ** 16) return value;
  throw new InputError(`${flag} takes a port, at most 65535; ${quoted(text)} was given.`);
}

/** A finite number of a flag, at least `least`. @throws InputError naming the flag */
export function numberOf(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() && Number.isFinite(value) && value >= least) return value;
  throw new InputError(`${flag} takes a number, at least ${least}; ${quoted(text)} was given.`);
}
