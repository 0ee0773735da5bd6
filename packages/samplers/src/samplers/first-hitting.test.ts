import { chiSquare } from '@idlm/core-diffusion/choices';
import { randomStream } from '@idlm/core-diffusion';
import { JOINT, LENGTH, TOKENS, tinyDenoise, tinyFamily } from '../conformance/tiny-model';
import { sampleAll } from '../sample';
import type { LogitShaper, SampleRequest, SamplerEnvironment } from '../sampler';
import { firstHitting } from './first-hitting';

const request = (seed: number, batch: number, change: Partial<SamplerEnvironment> = {}): SampleRequest => ({
  sampler: firstHitting(),
  environment: {
    denoise: tinyDenoise,
    family: tinyFamily(),
    timeConditioned: false,
    random: randomStream(seed),
    ...change,
  },
  batch,
  length: LENGTH,
  grid: [1, 0],
});

/** Tokens of 4000 rows. They are asked in batches, since to ask rows one by one takes a time that grows with the square of their number. */
async function drawn(change: Partial<SamplerEnvironment>, grid: readonly number[] = [1, 0]): Promise<Int32Array> {
  const batches: number[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const { tokens } = await sampleAll({ ...request(seed, 200, change), grid });
    batches.push(...tokens);
  }
  return Int32Array.from(batches);
}

const law = JOINT.flat();
function statistic(tokens: Int32Array): number {
  const counts = new Array<number>(law.length).fill(0);
  for (let i = 0; i < tokens.length; i += LENGTH)
    counts[TOKENS.indexOf(tokens[i] as 0 | 2) * TOKENS.length + TOKENS.indexOf(tokens[i + 1] as 0 | 2)]!++;
  return chiSquare(counts, law);
}

// The 0.999 quantile of chi-square with 3 degrees of freedom.
const LIMIT = 16.3;

it.each([
  [[1, 0], false],
  [[1, 0.6, 0.2, 0], false],
  [[1, 0], true],
])('has the joint law of the data on the grid %j, time-conditioned %j', async (grid, timeConditioned) => {
  expect(statistic(await drawn({ timeConditioned }, grid))).toBeLessThan(LIMIT);
});

it('is told apart from a wrong law by the same statistic', async () => {
  const greedy = (weights: Float64Array) => weights.indexOf(Math.max(...weights));
  expect(statistic(await drawn({ categorical: greedy }))).toBeGreaterThan(LIMIT);
});

it('evaluates a row at most once per token, however fine the grid', async () => {
  const grid = Array.from({ length: 41 }, (_, i) => 1 - i / 40);
  const { rowEvaluations, networkCalls } = await sampleAll({ ...request(5, 8), grid });
  expect(rowEvaluations).toBeLessThanOrEqual(8 * LENGTH);
  expect(networkCalls).toBeGreaterThanOrEqual(LENGTH);
});

it('tells a shaper the time of each row, so that a batch is the same as its rows', async () => {
  const told = async (maxRows: number) => {
    const times: string[] = [];
    const shape: LogitShaper = (_, { position, t }) => times.push(`${position} at ${t}`);
    await sampleAll({ ...request(42, 4, { shape }), maxRows });
    return times.sort();
  };
  expect(await told(4)).toEqual(await told(1));
});
