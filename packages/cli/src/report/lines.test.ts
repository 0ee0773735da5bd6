import type { ArmSummary, Drift, MeasuredText, SweepCell } from '@idlm/evaluation';
import { armLine, realLine, sweepLine } from './lines';

const drift: Drift = { marginals: 0.03, pairs: 0.1, lengths: -0.02, entropy: 0.01 };
const text: MeasuredText = {
  ...{ samples: 8, perplexity: { old: 30, judge: 20 }, entropy: 2.5, entropyError: 0.01 },
  likelihood: {
    judge: {
      ...{ nll: 3, bitsPerToken: 4.3, perplexity: 20, bitsPerByte: 1.25, tokens: 64, bytes: 256, error: 0.1 },
      intervals: { nll: [2, 4], bitsPerToken: [4, 5], perplexity: [18, 22], bitsPerByte: [1.2, 1.3] },
    },
  },
  ...{ distinct: [0.1, 0.4, 0.8], wordRate: 0.4, examples: [] },
};
const row: SweepCell = {
  ...text,
  ...{ model: 'student', steps: 4, temperature: 0.9, networkCalls: 4, evaluationsPerSample: 3.5, seconds: 2 },
  ...{ drift, driftFloor: { ...drift, pairs: 0.04 } },
};

describe('a row of a sweep', () => {
  it('has intervals of the judges that tell them, and not of the others', () => {
    const { perplexity, bitsPerByte } = sweepLine(row);
    expect(perplexity).toEqual({ old: { value: 30 }, judge: { value: 20, interval: [18, 22] } });
    expect(bitsPerByte).toEqual({ judge: { value: 1.25, interval: [1.2, 1.3] } });
  });

  it('has the cost of a sample: evaluations, and its share of the seconds', () => {
    const line = sweepLine(row);
    expect(line).toMatchObject({ steps: 4, temperature: 0.9, calls: 4, seconds: 2 });
    expect([line.evaluations, line.secondsPerSample]).toEqual([{ value: 3.5 }, { value: 0.25 }]);
  });

  it('has what its samplers and tasks measure, with errors', () => {
    const more = { exactMatch: 0.5, exactMatchInterval: [0.4, 0.6] as const, mauve: { judge: 0.9 } };
    const lost = { nats: 0.2, error: 0.03, reference: 'ancestral' };
    expect(sweepLine({ ...row, ...more, entropyLoss: lost })).toMatchObject({
      exactMatch: { value: 0.5, interval: [0.4, 0.6] },
      mauve: { judge: 0.9 },
      entropyLost: { value: 0.2, error: 0.03 },
      entropy: { value: 2.5, error: 0.01 },
      drift: { pairs: 0.1 },
    });
  });

  it('says nothing of what older records do not hold', () => {
    const { likelihood: _, entropyError: __, seconds: ___, ...older } = row;
    const line = sweepLine(older as SweepCell);
    expect(line.perplexity).toEqual({ old: { value: 30 }, judge: { value: 20 } });
    const { bitsPerByte, seconds, secondsPerSample, exactMatch, entropyLost } = line;
    expect([bitsPerByte, seconds, secondsPerSample, exactMatch, entropyLost]).toEqual(Array(5).fill(undefined));
    expect(line.entropy).toEqual({ value: 2.5 });
  });

  it('keeps an exact match of none', () =>
    expect(sweepLine({ ...row, exactMatch: 0 }).exactMatch).toMatchObject({ value: 0 }));
});

it('real text has no steps and no cost, and the drift that chance shows', () => {
  const line = realLine(text, 'held-out text', row.driftFloor);
  expect(line).toMatchObject({
    model: 'held-out text',
    drift: { pairs: 0.04 },
    wordRate: 0.4,
    distinct: [0.1, 0.4, 0.8],
  });
  expect(line.perplexity).toEqual(sweepLine(row).perplexity);
  expect([line.steps, line.evaluations, line.secondsPerSample]).toEqual([undefined, undefined, undefined]);
  expect(realLine(text, 'held-out text').drift).toBeUndefined();
});

describe('an arm of a comparison', () => {
  const spread = (mean: number, deviation = 0) => ({ mean, deviation });
  const arm: ArmSummary = {
    ...{ arm: 'idlm', steps: 8, seeds: 3, perplexity: { judge: spread(20, 1.5) }, entropy: spread(2.5, 0.1) },
    drift: { marginals: spread(0.03), pairs: spread(0.1, 0.02), lengths: spread(0), entropy: spread(0.01) },
    ...{ driftFloor: drift, evaluationsPerSample: spread(7) },
  };

  it('has means over seeds, with their deviation where there are several', () => {
    const line = armLine(arm);
    expect(line).toEqual({
      ...{ model: 'idlm', steps: 8, evaluations: { value: 7 }, perplexity: { judge: { value: 20, deviation: 1.5 } } },
      ...{ entropy: { value: 2.5, deviation: 0.1 }, drift: { marginals: 0.03, pairs: 0.1, lengths: 0, entropy: 0.01 } },
    });
    expect('deviation' in line.evaluations!).toBe(false);
  });

  it('has seconds where they were measured', () => {
    expect(armLine(arm).secondsPerSample).toBeUndefined();
    const seconds = armLine({ ...arm, secondsPerSample: spread(0.25, 0.01) }).secondsPerSample;
    expect(seconds).toEqual({ value: 0.25, deviation: 0.01 });
  });
});
