import { chiSquare } from '@idlm/core-diffusion/choices';
import { randomStream } from '@idlm/core-diffusion';
import { type AutoregressiveRequest, sampleAutoregressive } from './autoregressive';
import { FREE, clampPrompt } from './clamps';
import { finished } from './parts';
import type { DenoiseRequest, Frame } from './sampler';
import { temperature, topK } from './shapers/shapers';

/** Three tokens and the mask, which the table below prefers to all: it must never be written. */
const [TOKENS, WIDTH, MASK, LENGTH] = [3, 4, 3, 3];
const FIRST = [0.5, 0.2, 0.3, 9];

/** Logits of the next token after a whole prefix: no two contexts are alike. */
function logitsAfter(prefix: ArrayLike<number>): number[] {
  const key = Array.from(prefix).reduce((sum, token) => 5 * sum + token + 1, 0);
  return Array.from({ length: WIDTH }, (_, v) => (v === MASK ? 4 : 1.2 * Math.sin(7 * key + 3 * v)));
}

/** A table as a network, which writes down what it was asked. */
function table() {
  const asked: DenoiseRequest[] = [];
  const denoise = async (request: DenoiseRequest) => {
    asked.push(request);
    const { tokens, length, positions } = request;
    return Float64Array.from(
      Array.from(positions).flatMap((position) =>
        logitsAfter(tokens.subarray(position - (position % length), position + 1)),
      ),
    );
  };
  return { asked, denoise };
}

const request = (
  seed: number,
  batch: number,
  environment: Partial<AutoregressiveRequest['environment']> = {},
): AutoregressiveRequest => ({
  environment: { denoise: table().denoise, first: FIRST, maskId: MASK, random: randomStream(seed), ...environment },
  batch,
  length: LENGTH,
});

const written = async (...given: Parameters<typeof request>) =>
  (await finished(sampleAutoregressive(request(...given)))).tokens;

async function framesOf(given: AutoregressiveRequest): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of sampleAutoregressive(given)) frames.push(frame);
  return frames;
}

/** Softmax over the tokens that may be written, at a temperature. */
function lawAfter(prefix: readonly number[], tau: number): number[] {
  const logits = prefix.length ? logitsAfter(prefix) : FIRST.map(Math.log);
  const weights = logits.slice(0, TOKENS).map((value) => Math.exp(value / tau));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** The law of all 27 rows by the chain rule. */
const chainRule = (tau: number): Float64Array =>
  Float64Array.from({ length: TOKENS ** LENGTH }, (_, state) => {
    const row = [Math.floor(state / 9), Math.floor(state / 3) % 3, state % 3];
    return row.reduce((product, token, place) => product * lawAfter(row.slice(0, place), tau)[token]!, 1);
  });

describe('sampleAutoregressive', () => {
  it.each([1, 0.6])('writes rows by the chain rule at temperature %p', async (tau) => {
    const rows = 8000;
    const tokens = await written(5, rows, tau === 1 ? {} : { shape: temperature(tau) });
    const counts = new Int32Array(TOKENS ** LENGTH);
    for (let row = 0; row < rows; row++) {
      const [a, b, c] = tokens.subarray(row * LENGTH, (row + 1) * LENGTH);
      counts[9 * a! + 3 * b! + c!]!++;
    }
    // The 99.9 % quantile with 26 degrees of freedom.
    expect(chiSquare(counts, chainRule(tau))).toBeLessThan(54.05);
    expect(chiSquare(counts, chainRule(tau === 1 ? 0.6 : 1))).toBeGreaterThan(54.05);
  });

  it('is the same from the same seed, in one batch or row by row', async () => {
    const all = await written(6, 4);
    expect(await written(6, 4)).toEqual(all);
    const one = (firstRow: number) => finished(sampleAutoregressive({ ...request(6, 1), firstRow }));
    const rows = await Promise.all([0, 1, 2, 3].map(one));
    expect(rows.flatMap(({ tokens }) => [...tokens])).toEqual([...all]);
    expect(await written(7, 4)).not.toEqual(all);
  });

  it('writes a token per frame and asks for the last written position of each row alone', async () => {
    const { asked, denoise } = table();
    const frames = await framesOf(request(8, 2, { denoise }));
    expect(frames.map(({ tokens }) => tokens.filter((token) => token === FREE).length)).toEqual([4, 2, 0]);
    expect(frames.map(({ step, networkCalls, rowEvaluations }) => [step, networkCalls, rowEvaluations])).toEqual([
      [0, 0, 0],
      [1, 1, 2],
      [2, 2, 4],
    ]);
    expect(frames.at(-1)!.t).toBe(0);
    expect(asked.map(({ positions }) => [...positions])).toEqual([
      [0, 3],
      [1, 4],
    ]);
    // What is not yet written is sent as some token, since an embedding has no row for "none".
    expect(asked.every(({ tokens }) => tokens.every((token) => token >= 0))).toBe(true);
  });

  it('goes on from a prompt, at no call for its tokens', async () => {
    const { asked, denoise } = table();
    const clamp = Int32Array.from([...clampPrompt([2, 0], 1, LENGTH), FREE, FREE, FREE]);
    const tokens = await written(9, 2, { denoise, clamp });
    expect([...tokens.subarray(0, 2)]).toEqual([2, 0]);
    expect([...tokens.subarray(3)]).toEqual([...(await written(9, 2)).subarray(3)]);
    expect(asked.map(({ positions }) => positions.length)).toEqual([1, 2]);
  });

  it('takes the likeliest tokens alone where a shaper leaves no other', async () => {
    const best = (prefix: number[]) => {
      const law = lawAfter(prefix, 1);
      return law.indexOf(Math.max(...law));
    };
    const row: number[] = [];
    while (row.length < LENGTH) row.push(best(row));
    expect([...(await written(10, 2, { shape: topK(1) }))]).toEqual([...row, ...row]);
  });

  it.each([
    [{ clamp: Int32Array.of(FREE, 1, FREE) }, 'the token 1 is clamped at position 1, behind a free one'],
    [{ clamp: Int32Array.of(4, FREE, FREE) }, 'an id below 4, or -1 where free; 4 was given'],
    [{ clamp: Int32Array.of(1) }, 'A clamp has one entry per token, 3; 1 were given'],
    [{ first: [0, 0, 0, 1] }, 'weights with a positive, finite sum'],
  ])('refuses %j', async (environment, message) => {
    await expect(written(1, 1, environment)).rejects.toThrow(message);
  });

  it('refuses samples of nothing, and ends with the reason of its signal', async () => {
    await expect(written(1, 0)).rejects.toThrow('at least one row and one token; 0 rows of 3');
    const controller = new AbortController();
    const frames = sampleAutoregressive({ ...request(1, 1), signal: controller.signal });
    await frames.next();
    controller.abort(new Error('stop'));
    await expect(frames.next()).rejects.toThrow('stop');
  });
});
