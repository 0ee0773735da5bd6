import { InputError, duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { type BlocksRequest, sampleAllBlocks, sampleBlocks } from './blocks';
import { FREE } from './clamps';
import type { Denoise, Frame, SamplerEnvironment } from './sampler';
import { samplers } from './registry';

const [V, MASK, END] = [8, 7, 6];
const seen: { length: number; rows: number[][] }[] = [];
/** Counts on from the last token that is written before, up to 5; surely, so that a text counts through all of its blocks. */
const denoise: Denoise = async ({ tokens, length, positions }) => {
  seen.push({
    length,
    rows: Array.from({ length: tokens.length / length }, (_, r) => [...tokens.subarray(r * length, (r + 1) * length)]),
  });
  const logits = new Float64Array(positions.length * V);
  positions.forEach((position, n) => {
    const start = position - (position % length);
    let before = position - 1;
    while (before >= start && tokens[before] === MASK) before--;
    const last = before < start ? -1 : tokens[before]!;
    logits[n * V + ((last + position - before) % 6)] = 60;
  });
  return logits;
};
const request = (
  change: Partial<BlocksRequest> = {},
  environment: Partial<SamplerEnvironment> = {},
): BlocksRequest => ({
  sampler: samplers.create({ name: 'ancestral-cached', options: { last: 'ancestral' } }),
  environment: {
    denoise,
    family: mdlm({ vocabSize: V, maskId: MASK }),
    timeConditioned: false,
    random: randomStream(2),
    ...environment,
  },
  ...{ batch: 1, length: 14, block: 4, window: 6, grid: timeGrid(3) },
  ...change,
});
/** As likely every token, so that the seed decides. */
const even: Denoise = async ({ positions }) => new Float64Array(positions.length * V);

async function framesOf(asked: BlocksRequest) {
  const frames: Frame[] = [];
  const steps = sampleBlocks(asked);
  for (let next = await steps.next(); ; next = await steps.next()) {
    if (next.done) return { frames, result: next.value };
    frames.push(next.value);
  }
}

it('goes on where the block before ended, behind a prefix that grows and then slides', async () => {
  seen.length = 0;
  const { tokens } = await sampleAllBlocks(request());
  expect([...tokens]).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1]);
  // Blocks end at 4, 8, 12 and 14; no more than six tokens are read.
  expect([...new Set(seen.map(({ length }) => length))]).toEqual([4, 6]);
  for (const { rows } of seen.filter(({ length }) => length === 6))
    for (const row of rows) expect(row[0]).not.toBe(MASK);
});

it('yields frames of the whole text, which add up', async () => {
  const { frames, result } = await framesOf(request({ batch: 3 }, { denoise: even }));
  expect(frames.map(({ step }) => step)).toEqual([...Array(4 * 4).keys()]);
  let before: Int32Array = new Int32Array(3 * 14).fill(FREE);
  frames.forEach(({ tokens, changed, step }) => {
    expect(changed).toBe(tokens.filter((token, i) => token !== before[i]).length);
    const start = 4 * Math.floor(step / 4);
    tokens.forEach((token, i) => {
      if (i % 14 < start) expect(token).toBe(before[i]);
      if (i % 14 >= start + 4) expect(token).toBe(FREE);
    });
    before = tokens;
  });
  // Blocks draw from streams of their own.
  expect(before.slice(0, 4)).not.toEqual(before.slice(4, 8));
  const { networkCalls, rowEvaluations } = frames.at(-1)!;
  expect(result).toMatchObject({ batch: 3, length: 14, tokens: before, networkCalls, rowEvaluations });
});

const FAMILIES = { mdlm: mdlm({ vocabSize: V, maskId: MASK }), duo: duo({ vocabSize: V }) };
const all = samplers.entries().flatMap(([name]) => {
  const sampler = samplers.create({ name, options: { last: 'ancestral' } });
  return Object.entries(FAMILIES).flatMap(([family, value]) =>
    sampler.absorbingOnly && family === 'duo' ? [] : [[name, family, sampler, value] as const],
  );
});
it.each(all)(
  'writes each row as alone, by %s of %s, with different prompts and ends',
  async (_, __, sampler, family) => {
    const clamp = new Int32Array(5 * 14).fill(FREE);
    clamp.set([1, 2, 3, 4, 5], 14);
    clamp.set([5], 3 * 14);
    const asked = request({ sampler, batch: 5, endId: END }, { denoise: even, family, clamp });
    const whole = await sampleAllBlocks(asked);
    expect((await sampleAllBlocks({ ...asked, maxRows: 2 })).tokens).toEqual(whole.tokens);
    expect((await framesOf(asked)).result.tokens).toEqual(whole.tokens);
    for (let row = 0; row < 5; row++) {
      const own = clamp.subarray(row * 14, (row + 1) * 14);
      const alone = await sampleAllBlocks({
        ...asked,
        environment: { ...asked.environment, clamp: own },
        batch: 1,
        firstRow: row,
      });
      expect(alone.tokens).toEqual(whole.tokens.slice(row * 14, (row + 1) * 14));
    }
    expect(whole.tokens.includes(FREE)).toBe(true);
  },
);

it('ends a text at its end, and writes no more of it', async () => {
  // An end of a prompt ends nothing.
  const clamp = new Int32Array(2 * 14).fill(FREE);
  clamp[0] = END;
  const ending: Denoise = async (asked) => {
    const logits = await denoise(asked);
    asked.positions.forEach((position, n) => {
      if (asked.length === 6 && position % 6 === 4) logits[n * V + END] = 99;
    });
    return logits;
  };
  const { tokens, rowEvaluations } = await sampleAllBlocks(
    request({ batch: 2, endId: END }, { denoise: ending, clamp }),
  );
  expect([...tokens.subarray(14)]).toEqual([0, 1, 2, 3, 4, 5, END, ...Array(7).fill(FREE)]);
  expect(rowEvaluations).toBeLessThanOrEqual(2 * 2 * 4);
  expect(tokens[0]).toBe(END);
  expect(tokens[3]).not.toBe(FREE);
});

it.each<[Partial<BlocksRequest>, string]>([
  [{ block: 0 }, 'The tokens of a block are a whole number from 1 on; 0'],
  [{ block: 7 }, 'at most what the network reads, 6 tokens; 7'],
  [{ window: 2.5 }, 'from 1 on; 2.5'],
  [{ length: 0 }, '1 rows of 0 were asked for'],
])('refuses %j', async (change, message) => {
  await expect(sampleAllBlocks(request(change))).rejects.toThrow(InputError);
  await expect(sampleAllBlocks(request(change))).rejects.toThrow(message);
});
