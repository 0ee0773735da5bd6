import { InputError } from '@idlm/core-diffusion';
import { DRIFT_STATISTICS, type Drift } from '../metrics/drift';
import { mean } from '../metrics/entropy';
import type { SweepCell } from './sweep';

/** A mean over seeds, and the standard deviation between them (0 for one seed). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** One arm at one number of steps, over its seeds. */
export interface ArmSummary {
  readonly arm: string;
  readonly steps: number;
  readonly seeds: number;
  /** Generative perplexity by scorer. */
  readonly perplexity: Readonly<Record<string, Spread>>;
  readonly entropy: Spread;
  /** Sizes of drift, without their signs. */
  readonly drift: Readonly<Record<keyof Drift, Spread>>;
  /** What chance alone shows, the mean over seeds: each divides the data anew. */
  readonly driftFloor: Drift;
  readonly evaluationsPerSample: Spread;
  /** Wall clock of drawing a sample among all, in seconds; absent where a row was measured without it. */
  readonly secondsPerSample?: Spread;
}

function spread(values: readonly number[]): Spread {
  const average = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return { mean: average, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** Each statistic of drift over rows. */
const driftOver = (rows: readonly SweepCell[]): Record<keyof Drift, Spread> =>
  Object.fromEntries(
    DRIFT_STATISTICS.map((name) => [name, spread(rows.map(({ drift }) => Math.abs(drift[name])))]),
  ) as Record<keyof Drift, Spread>;

/** The floor of chance, averaged over rows. */
const floorOver = (rows: readonly SweepCell[]): Drift =>
  Object.fromEntries(
    DRIFT_STATISTICS.map((name) => [name, mean(rows.map(({ driftFloor }) => driftFloor[name]))]),
  ) as unknown as Drift;

function summarise(arm: string, steps: number, rows: readonly SweepCell[]): ArmSummary {
  const over = (value: (row: SweepCell) => number) => spread(rows.map(value));
  const scorers = Object.keys(rows[0]!.perplexity);
  return {
    arm,
    steps,
    seeds: rows.length,
    perplexity: Object.fromEntries(scorers.map((name) => [name, over((row) => row.perplexity[name]!)])),
    entropy: over((row) => row.entropy),
    drift: driftOver(rows),
    driftFloor: floorOver(rows),
    evaluationsPerSample: over((row) => row.evaluationsPerSample),
    ...(rows.every(({ seconds }) => seconds !== undefined)
      ? { secondsPerSample: over(({ seconds, samples }) => seconds! / samples) }
      : {}),
  };
}

/**
 * The rows of several arms and seeds, summarised by arm and number of steps, in the order of first appearance.
 * @throws InputError for rows of several temperatures, which would be taken for seeds
 */
export function summariseArms(
  cells: readonly { readonly arm: string; readonly rows: readonly SweepCell[] }[],
): ArmSummary[] {
  const temperatures = new Set(cells.flatMap(({ rows }) => rows.map(({ temperature }) => temperature)));
  if (temperatures.size > 1)
    throw new InputError(`Arms are compared at one temperature; there are rows of ${[...temperatures].join(', ')}.`);
  const groups = new Map<string, { arm: string; steps: number; rows: SweepCell[] }>();
  for (const { arm, rows } of cells) {
    for (const row of rows) {
      const key = JSON.stringify([arm, row.steps]);
      const group = groups.get(key) ?? { arm, steps: row.steps, rows: [] };
      group.rows.push(row);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ arm, steps, rows }) => summarise(arm, steps, rows));
}

/**
 * The arm with the lowest perplexity under every scorer's mean at one number of steps, among those whose entropy is the
 * reference's within a tolerance; undefined where there is none.
 * @param entropy the reference's
 * @param tolerance largest relative difference of entropy that counts as equal
 */
export function bestAtEqualEntropy(
  summaries: readonly ArmSummary[],
  steps: number,
  entropy: number,
  tolerance: number,
): ArmSummary | undefined {
  const logPerplexity = ({ perplexity }: ArmSummary) =>
    mean(Object.values(perplexity).map((value) => Math.log(value.mean)));
  return summaries
    .filter((one) => one.steps === steps && Math.abs(one.entropy.mean / entropy - 1) <= tolerance)
    .sort((a, b) => logPerplexity(a) - logPerplexity(b))[0];
}
