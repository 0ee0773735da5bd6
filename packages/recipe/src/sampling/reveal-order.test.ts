import { ancestral, clampPrompt, mdlm, randomStream, timeGrid, udlm } from '@idlm/samplers';
import { orderOf } from './reveal-order';

const LENGTH = 6;
const denoise = async ({ positions }: { positions: Int32Array }) => new Float64Array(positions.length * 5);

/** The order of two samples of four steps, and their tokens at each step, the noise first. */
async function followed(family: ReturnType<typeof mdlm> | ReturnType<typeof udlm>, clamp?: Int32Array) {
  const environment = { denoise, family, random: randomStream(3), clamp };
  const request = { sampler: ancestral(), environment, batch: 2, length: LENGTH, grid: timeGrid(4) };
  const frames: Int32Array[] = [];
  const order = await orderOf(request, ({ tokens }) => frames.push(tokens));
  return { order, frames };
}

it('tells the step at which each mask became a token, and 0 for what is given', async () => {
  const maskId = 4;
  const family = mdlm({ vocabSize: 5, maskId });
  const { order, frames } = await followed(family, clampPrompt([2, 1], 2, LENGTH));
  expect(order.map((row) => row.slice(0, 2))).toEqual([
    [0, 0],
    [0, 0],
  ]);
  order.forEach((row, r) =>
    row.slice(2).forEach((step, i) => {
      const masked = frames.findLastIndex((tokens) => tokens[r * LENGTH + 2 + i] === maskId);
      expect(step).toBe(masked + 2);
    }),
  );
  expect(new Set(order.flat()).size).toBeGreaterThan(3);
});

it('tells the last change where tokens are revised', async () => {
  const { order, frames } = await followed(udlm({ vocabSize: 5 }));
  const last = frames.at(-1)!;
  order.flat().forEach((step, i) => {
    expect(frames.slice(Math.max(0, step - 1)).every((tokens) => tokens[i] === last[i])).toBe(true);
    if (step > 1) expect(frames[step - 2]![i]).not.toBe(last[i]);
  });
});
