import { readFile } from 'node:fs/promises';
import { InputError } from '@idlm/core-diffusion';
import { type Difference, compareBounds, compareInputs, compareRows, parseManifest } from '@idlm/evaluation';
import { configSchema } from '../config';
import { EXIT, type Terminal } from '../terminal';
import { sweepModels } from './eval';
import { numberOf } from './shared';

const describe = ({ where, before, now }: Difference): string => `${where}: ${before} before, ${now} now`;

/** `idlm reproduce`: runs a manifest's evaluation again and compares every number. */
export async function reproduce(
  path: string,
  options: { readonly tolerance?: string },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const asked = options.tolerance === undefined ? undefined : numberOf('--tolerance', options.tolerance, 0);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new InputError(`${path} does not exist; name the manifest.json of an evaluation.`);
  });
  const before = parseManifest(text, path);
  const config = configSchema.safeParse(before.config);
  if (!config.success) throw new InputError(`${path} has a configuration that this version of idlm does not read.`);
  const folders = Object.fromEntries(Object.entries(before.models).map(([role, { folder }]) => [role, folder]));
  const families = Object.fromEntries(Object.entries(before.models).map(([role, { family }]) => [role, family]));
  const loaded = { config: config.data, origins: {} };
  const { manifest: now } = await sweepModels({ loaded, folders, families, terminal, signal });
  compareInputs(before, now).forEach((difference) => terminal.warn(`other input: ${describe(difference)}`));
  const sameEngine = before.engine.name === now.engine.name && before.engine.version === now.engine.version;
  const tolerance = asked ?? (sameEngine ? 0 : 0.05);
  const differences = [
    ...compareRows(before.rows, now.rows, tolerance),
    ...compareBounds(before.bounds, now.bounds, tolerance),
  ];
  differences.forEach((difference) => terminal.note(describe(difference)));
  const verdict = differences.length
    ? `${differences.length} numbers differ by more than ${tolerance}`
    : `all numbers of ${before.rows.length} rows are reproduced (tolerance ${tolerance})`;
  terminal.result({ reproduced: !differences.length, tolerance, differences }, () => verdict);
  if (differences.length) process.exitCode = EXIT.fault;
}
