import type { MeasuredText } from '../sweeps/measure';
import type { SweepCell } from '../sweeps/sweep';
import type { Drift } from '../metrics/drift';
import type { ResultManifest } from './manifest';

/** Something that came out differently. */
export interface ResultDifference {
  /** Such as `student at 8 steps: entropy`. */
  readonly where: string;
  readonly before: number | string;
  readonly now: number | string;
}

/** What a result's numbers follow from, as hashes. */
export interface ResultInputs extends Pick<ResultManifest, 'tokenizer' | 'data'> {
  readonly models: Readonly<Record<string, { readonly weights: string }>>;
}

type Labelled = readonly (readonly [where: string, before: string, now: string])[];

const differing = (pairs: Labelled): ResultDifference[] =>
  pairs.filter(([, before, now]) => before !== now).map(([where, before, now]) => ({ where, before, now }));

/**
 * Inputs whose hashes differ: then other numbers are no surprise.
 * @example
 * ```ts
 * import { compareInputs } from '@idlm/evaluation';
 *
 * const before = { models: { student: { weights: 'ab' } }, tokenizer: 't', data: 'd' };
 * const now = { ...before, models: { student: { weights: 'cd' } } };
 * for (const { where, before: old, now: found } of compareInputs(before, now))
 *   console.log(`${where}: ${old}, now ${found}`); // → weights of the student: ab, now cd
 * ```
 */
export function compareInputs(before: ResultInputs, now: ResultInputs): ResultDifference[] {
  const models = Object.entries(before.models).map(
    ([name, { weights }]) => [`weights of the ${name}`, weights, now.models[name]?.weights ?? 'none'] as const,
  );
  return differing([...models, ['tokenizer', before.tokenizer, now.tokenizer], ['data', before.data, now.data]]);
}

/** Judges whose weights differ, though their names may be the same: then other perplexities are no surprise. */
export const compareJudges = (
  { judges: before = {} }: Pick<ResultManifest, 'judges'>,
  { judges: now = {} }: Pick<ResultManifest, 'judges'>,
): ResultDifference[] =>
  differing(
    Object.entries(before).map(
      ([name, { weights }]) => [`weights of the judge ${name}`, weights, now[name]?.weights ?? 'none'] as const,
    ),
  );

/** What the two were computed by, where that differs: engine, package and Node. */
export function compareVersions(
  before: Pick<ResultManifest, 'engine' | 'versions'>,
  now: Pick<ResultManifest, 'engine' | 'versions'>,
): ResultDifference[] {
  const nameOf = ({ engine: { name, version } }: Pick<ResultManifest, 'engine'>) => `${name} (${version})`;
  return differing([
    ['engine', nameOf(before), nameOf(now)],
    ...Object.entries(before.versions).map(([name, version]) => [name, version, now.versions[name] ?? 'none'] as const),
  ]);
}

type Numbers = Readonly<Record<string, number>>;

const DRIFT_NAMES: Readonly<Record<keyof Drift, string>> = {
  marginals: 'tokens',
  pairs: 'pairs',
  lengths: 'lengths',
  entropy: 'entropy',
};

const numbersOfDrift = (name: string, drift: Drift): [string, number][] =>
  Object.entries(DRIFT_NAMES).map(([key, of]) => [`${name} of ${of}`, drift[key as keyof Drift]]);

/** Numbers of some texts that two runs must share. */
const numbersOfText = ({
  perplexity,
  likelihood = {},
  entropy,
  entropyError,
  wordRate,
  distinct,
}: MeasuredText): Numbers => ({
  ...Object.fromEntries(Object.entries(perplexity).map(([name, value]) => [`${name} perplexity`, value])),
  ...Object.fromEntries(
    Object.entries(likelihood).map(([name, { bitsPerByte }]) => [`${name} bits per byte`, bitsPerByte]),
  ),
  entropy,
  'error of entropy': entropyError,
  'word rate': wordRate,
  ...Object.fromEntries(distinct.map((value, i) => [`distinct-${i + 1}`, value])),
});

/** Numbers of a row that two runs must share: all but its time. */
const numbersOfRow = (row: SweepCell): Numbers => ({
  ...numbersOfText(row),
  'network calls': row.networkCalls,
  'evaluations per sample': row.evaluationsPerSample,
  ...(row.entropyLoss ? { 'loss of entropy': row.entropyLoss.nats } : {}),
  ...(row.exactMatch === undefined ? {} : { 'exact match': row.exactMatch }),
  ...Object.fromEntries(Object.entries(row.mauve ?? {}).map(([name, value]) => [`${name} MAUVE`, value])),
  ...Object.fromEntries([...numbersOfDrift('drift', row.drift), ...numbersOfDrift('chance drift', row.driftFloor)]),
});

/** Equal within a tolerance. What JSON cannot tell apart, NaN and infinity, counts as equal. */
const isSame = (before: number, now: number, tolerance: number): boolean =>
  Number.isFinite(before)
    ? Math.abs(before - now) <= tolerance * Math.abs(before)
    : now !== undefined && !Number.isFinite(now);

const compareNumbers = (name: string, before: Numbers, now: Numbers, tolerance: number): ResultDifference[] =>
  Object.entries(before)
    .filter(([key, value]) => !isSame(value, now[key]!, tolerance))
    .map(([key, value]) => ({ where: `${name}: ${key}`, before: value, now: now[key] ?? 'not measured' }));

/**
 * Numbers of a fresh run that are not those of the manifest.
 * @param tolerance allowed relative difference: 0 on the same engine and version, where runs are bit for bit equal
 */
export function compareCells(
  before: readonly SweepCell[],
  now: readonly SweepCell[],
  tolerance: number,
): ResultDifference[] {
  return before.flatMap((row): ResultDifference[] => {
    const name = `${row.model} at ${row.steps} steps, temperature ${row.temperature}`;
    const found = now.find(
      (other) => other.model === row.model && other.steps === row.steps && other.temperature === row.temperature,
    );
    if (!found) return [{ where: name, before: 'measured', now: 'not measured' }];
    return compareNumbers(name, numbersOfRow(row), numbersOfRow(found), tolerance);
  });
}

/** Numbers of the real text that are not those of the manifest, where it has any; see `compareCells`. */
export const compareRealText = (
  before: MeasuredText | undefined,
  now: MeasuredText | undefined,
  tolerance: number,
): ResultDifference[] =>
  before ? compareNumbers('real text', numbersOfText(before), now ? numbersOfText(now) : {}, tolerance) : [];

/** Likelihood bounds of a fresh run that are not those of the manifest; see `compareCells`. */
export function compareBounds(
  before: ResultManifest['bounds'] = {},
  now: ResultManifest['bounds'] = {},
  tolerance: number,
): ResultDifference[] {
  return Object.entries(before).flatMap(([model, { nll }]) => {
    const other = now[model]?.nll;
    return isSame(nll, other!, tolerance)
      ? []
      : [{ where: `${model}: NELBO`, before: nll, now: other ?? 'not measured' }];
  });
}
