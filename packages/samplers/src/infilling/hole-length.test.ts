import { InputError, duo, mdlm, randomStream } from '@idlm/core-diffusion';
import type { Denoise, SamplerEnvironment } from '../sampler';
import { type UnknownHole, holeLength } from './hole-length';

const MASK = 2;
/** Two tokens before, a hole of one to three, two tokens behind, and what follows: seven places. */
const PLACES = 7;
const JOINT = randomStream(6)
  .uniforms(2 ** PLACES)
  .map((value) => value ** 6);

const rowOf = (state: number) => Array.from({ length: PLACES }, (_, i) => (state >> i) & 1);
/** Weight of all rows that agree with what is written. */
const weightOf = (tokens: ArrayLike<number>) =>
  JOINT.reduce((sum, weight, state) => {
    const agrees = rowOf(state).every((token, i) => tokens[i] === MASK || tokens[i] === token);
    return agrees ? sum + weight : sum;
  }, 0);

const times: number[] = [];
const denoise: Denoise = async ({ tokens, positions, t }) => {
  times.push(t);
  const logits = new Float64Array(positions.length * 3).fill(3);
  positions.forEach((position, n) => {
    const start = position - (position % PLACES);
    const row = Array.from(tokens.subarray(start, start + PLACES));
    for (const token of [0, 1]) logits[n * 3 + token] = Math.log(weightOf(row.with(position - start, token)));
  });
  return logits;
};
const environment: SamplerEnvironment = {
  denoise,
  family: mdlm({ vocabSize: 3, maskId: MASK }),
  random: randomStream(1),
};
const hole: UnknownHole = { before: [1, 0], behind: [1, 1], most: 3, window: 20 };

it('has the law of Bayes: that of the text behind, at each distance', async () => {
  const { probabilities, length, networkCalls, rowEvaluations } = await holeLength(environment, hole);
  const weights = [1, 2, 3].map((n) => {
    const row = new Array<number>(PLACES).fill(MASK);
    row.splice(0, 2, 1, 0);
    row.splice(2 + n, 2, 1, 1);
    return weightOf(row);
  });
  const total = weights.reduce((a, b) => a + b);
  expect(probabilities).toBeCloseToArray(
    weights.map((weight) => weight / total),
    { rtol: 1e-9 },
  );
  expect(length).toBe(1 + weights.indexOf(Math.max(...weights)));
  // As many masks in all rows, so that a network that is told the time is asked for all at once.
  expect([networkCalls, rowEvaluations]).toEqual([2, 6]);
  expect(times.map((t) => (1 - environment.family.schedule.alpha(t)) * PLACES)).toBeCloseToArray([5, 4], {
    rtol: 1e-9,
  });
});

it('reads no more than the window, what is nearest', async () => {
  const lengths: number[] = [];
  const short: Denoise = async ({ tokens, length, positions }) => {
    lengths.push(length);
    expect(tokens[0]).toBe(1);
    return new Float64Array(positions.length * 3);
  };
  const before = [...new Array<number>(30).fill(0), 1, 0];
  await holeLength(
    { ...environment, denoise: short },
    { ...hole, before, behind: new Array<number>(40).fill(0), window: 21 },
  );
  expect(new Set(lengths)).toEqual(new Set([21]));
  expect(lengths.length).toBe(16);
});

it.each<[Partial<UnknownHole>, string]>([
  [{ behind: [] }, 'has text behind it'],
  [{ most: 0 }, '1 to 0 were given'],
  [{ least: 0.5 }, '0.5 to 3 were given'],
  [{ window: 3 }, 'fit in the 3 tokens'],
])('refuses %j', async (change, message) => {
  await expect(holeLength(environment, { ...hole, ...change })).rejects.toThrow(InputError);
  await expect(holeLength(environment, { ...hole, ...change })).rejects.toThrow(message);
});

it('refuses a process without masks', () =>
  expect(holeLength({ ...environment, family: duo({ vocabSize: 3 }) }, hole)).rejects.toThrow('give it'));
