import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { type Denoise, FREE, ancestralCached } from '@idlm/samplers';
import { type ComparedNetworks, compareSamples } from './compare-samples';

/** A network that goes on from the left neighbour, if it is known, by counting; the sharper, the surer. */
const counting =
  (sharpness: number): Denoise =>
  async ({ tokens, length, positions }) =>
    Float64Array.from({ length: positions.length * 5 }, (_, i) => {
      const position = positions[Math.floor(i / 5)]!;
      const left = position % length ? tokens[position - 1]! : FREE;
      return i % 5 === (left + 1) % 4 && left < 4 ? sharpness : 0;
    });

const compared = (own: Denoise, other: Denoise): ComparedNetworks => ({
  ...{ own, other, family: mdlm({ vocabSize: 5, maskId: 4 }), timeConditioned: false },
  sampling: {
    ...{ sampler: ancestralCached(), shape: () => undefined, spacing: {}, maxRows: 256 },
    grid: () => timeGrid(12),
  },
  ...{ length: 12, samples: 64, random: randomStream(1) },
});

it('finds no difference between equal networks, and says what so many samples can tell', async () => {
  const found = await compareSamples(compared(counting(4), counting(4)));
  expect(found).toMatchObject({ samples: 64, ratio: { ratio: 1 }, entropyLost: { nats: 0, error: 0 } });
  expect(found.perplexity.other).toBe(found.perplexity.own);
  expect(found.ratio.smallestGap).toBeGreaterThan(0.01);
  expect(found.ratio.smallestGap).toBeLessThan(0.5);
});

it('finds a network that has lost what it knew', async () => {
  const { ratio, perplexity } = await compareSamples(compared(counting(6), counting(0)));
  expect(ratio.ratio).toBeCloseTo(perplexity.other / perplexity.own, 12);
  expect(ratio.interval![0]).toBeGreaterThan(1.2);
});

it('finds a network that writes one token alone by the entropy that it loses', async () => {
  const constant: Denoise = async ({ positions }) =>
    Float64Array.from({ length: positions.length * 5 }, (_, i) => (i % 5 ? 0 : 50));
  const { entropy, entropyLost } = await compareSamples(compared(counting(2), constant));
  expect(entropy.other).toBe(0);
  expect(entropyLost.nats).toBeCloseTo(entropy.own, 12);
});
