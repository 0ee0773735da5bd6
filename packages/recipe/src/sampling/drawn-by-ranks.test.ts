import { randomStream } from '@idlm/core-diffusion';
import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import { ancestralCached, mdlm, sampleAll, timeGrid } from '@idlm/samplers';
import { drawnByRanks } from './drawn-by-ranks';

const [BATCH, LENGTH] = [5, 8];
const family = mdlm({ vocabSize: 6, maskId: 5 });
/** Logits that a place in its row decides, whatever rows stand beside it. */
const denoise = async ({ positions }: { positions: Int32Array }) =>
  Float32Array.from({ length: positions.length * 6 }, (_, i) => {
    const place = positions[Math.floor(i / 6)]! % LENGTH;
    return (place * 7 + (i % 6) * 3) % 5;
  });
const clamp = Int32Array.from({ length: BATCH * LENGTH }, (_, i) => (i % LENGTH === 0 ? Math.floor(i / LENGTH) : -1));
const asked = { batch: BATCH, firstRow: 3, length: LENGTH, clamp };

const draw = ({ clamp: given, ...rows }: { batch: number; firstRow: number; clamp?: Int32Array }) =>
  sampleAll({
    ...{ ...rows, length: LENGTH, sampler: ancestralCached(), grid: timeGrid(4) },
    environment: { denoise, family, random: randomStream(2), clamp: given },
  });

describe('drawnByRanks', () => {
  it.each([1, 2, 4, 7])('%d ranks draw the rows that one process draws', async (size) => {
    const alone = await draw(asked);
    const all = await Promise.all(ranksInMemory(size).map((ranks) => drawnByRanks(ranks, asked, draw)));
    for (const { networkCalls, ...found } of all) {
      const { networkCalls: most, ...expected } = alone;
      expect(found).toEqual(expected);
      expect(networkCalls).toBeLessThanOrEqual(most);
      expect(networkCalls).toBeGreaterThan(0);
    }
  });

  it('fails on all ranks where it fails on one', async () => {
    const failing = async (rows: { batch: number; firstRow: number }) => {
      if (rows.firstRow > 3) throw new Error('no rows');
      return draw(rows);
    };
    const ended = await Promise.allSettled(
      ranksInMemory(2).map((ranks) => drawnByRanks(ranks, { ...asked, clamp: undefined }, failing)),
    );
    expect(ended.map((one) => String((one as PromiseRejectedResult).reason))).toEqual([
      'Error: rank 1: no rows',
      'Error: no rows',
    ]);
  });
});
