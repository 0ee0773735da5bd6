import type { Drift, ManifestBound, SweepCell } from '@idlm/evaluation';
import type { ComparisonReport } from './compare';
import type { ReportData } from './data';
import { comparisonSchema, reportSchema } from './parse';

const drift: Drift = { marginals: 0.03, pairs: 0.1, lengths: -0.02, entropy: 0.01 };
const interval = [1, 2] as const;
const likelihood = {
  ...{ nll: 1, bitsPerToken: 2, perplexity: 3, bitsPerByte: 4, tokens: 5, bytes: 6, error: 0.1 },
  intervals: { nll: interval, bitsPerToken: interval, perplexity: interval, bitsPerByte: interval },
};
const text = {
  samples: 64,
  perplexity: { judge: 20 },
  likelihood: { judge: likelihood },
  entropy: 2.5,
  entropyError: 0.01,
  distinct: [0.1, 0.4, 0.8] as const,
  wordRate: 0.4,
  examples: ['call me'],
};
/** A row with all that a row may have. */
const row: SweepCell = {
  ...text,
  ...{ model: 'student', steps: 8, temperature: 1, networkCalls: 8, evaluationsPerSample: 7.2, seconds: 3 },
  ...{ drift, driftFloor: drift, exactMatch: 0.5, exactMatchInterval: interval, mauve: { judge: 0.9 } },
};

/** A report in which nothing is left out. */
const report: Required<ReportData> = {
  title: 'A report',
  subtitle: 'of a run',
  rows: [row],
  match: {
    ...{ teacher: row, student: row, reached: true, stepRatio: 32, evaluationRatio: 7, entropyGap: -0.01 },
    ...{ perplexityRatio: { judge: 0.9 }, perplexityIntervals: { judge: interval }, smallestGap: 0.04 },
  },
  tolerance: 0.03,
  losses: { 'teacher/loss': [[1, 2.5]] },
  films: [{ title: 'Student', frames: [{ t: 1, text: '▁', networkCalls: 0 }], order: { steps: 8, written: [[3, 0]] } }],
  pair: { prompt: 'The king', shown: [{ model: 'teacher', steps: 256, texts: ['The king said'] }] },
  driftFactor: 3,
  notes: ['Mind the gap.'],
  manifest: {
    format: 2,
    models: { student: { folder: '../student', weights: 'ab' } },
    ...{ judges: { judge: { weights: 'cd' } }, tokenizer: 't', data: 'd', config: {}, seed: 1, sampler: 'ancestral' },
    ...{ precision: 'float32', engine: { name: 'wasm', version: 'tfjs' }, versions: { node: 'v20' } },
    ...{ realText: text, bounds: { student: { ...likelihood, standardError: 0.1 } as ManifestBound } },
  },
};

const spread = { mean: 1, deviation: 0.1 };
/** A comparison in which nothing is left out. */
const comparison: Required<ComparisonReport> = {
  subtitle: 'two arms',
  summaries: [
    {
      ...{ arm: 'idlm', steps: 8, seeds: 3, perplexity: { judge: spread }, entropy: spread, driftFloor: drift },
      drift: { marginals: spread, pairs: spread, lengths: spread, entropy: spread },
      evaluationsPerSample: spread,
      secondsPerSample: spread,
    },
  ],
  teacher: 'teacher',
  compareAt: 256,
  tolerance: 0.03,
  work: [{ arm: 'idlm', updates: 100, passes: 400, seconds: 12 }],
  realText: text,
  textName: 'held-out text',
  notes: ['Mind the gap.'],
  manifest: { any: ['thing'] },
};

const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** All places of numbers that were measured, so that they may have come out as no number. */
const places = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'number'
    ? [path]
    : Object.entries(typeof value === 'object' && value ? value : {}).flatMap(([name, inner]) =>
        places(inner, [...path, name]),
      );

/** The value with another one in a place. */
function put(value: object, [name, ...rest]: string[], other: unknown): object {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  copy[name!] = rest.length ? put(copy[name!] as object, rest, other) : other;
  return copy;
}
const at = (value: unknown, path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value);

describe.each([
  ['a report', reportSchema, report],
  ['a comparison', comparisonSchema, comparison],
] as const)('%s', (_, schema, whole) => {
  it('comes back from its file with all that it holds', () => expect(schema.parse(written(whole))).toEqual(whole));

  it('comes back with NaN where a number was none, in every place that is measured', () => {
    const counted =
      /steps|written|seeds|samples|updates|passes|compareAt|tolerance|temperature|tokens|bytes|format|seed$|\.t$|driftFactor/;
    const measured = places(whole).filter(
      (path) => !counted.test(path.join('.')) && !/^losses\..*\.0$/.test(path.join('.')),
    );
    expect(measured.length).toBeGreaterThan(10);
    for (const path of measured)
      for (const nothing of [NaN, Infinity]) {
        const { data, error } = schema.safeParse(written(put(whole, path, nothing)));
        expect([path, error]).toEqual([path, undefined]);
        expect([path, at(data, path)]).toEqual([path, NaN]);
      }
  });

  it.each(Object.keys(whole))('is read with what an older one lacks, and refused without what each has: %s', (name) => {
    const older = ['match', 'pair', 'notes', 'driftFactor', 'realText', 'textName'];
    const { [name]: __, ...rest } = written(whole) as Record<string, unknown>;
    expect(schema.safeParse(rest).success).toBe(older.includes(name));
  });
});

it('a report of before a limit could be set has the limit that held then', () => {
  const { driftFactor: _, ...rest } = report;
  expect(reportSchema.parse(written(rest)).driftFactor).toBe(2);
});
