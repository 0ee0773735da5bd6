import { drawTimes, randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { countingLoader } from '../../test/tiny';
import { checkCount, partsOf, sharedParts } from './parts';

describe('partsOf', () => {
  it('gives each part a batch and a stream of its own', async () => {
    const loader = countingLoader();
    const parts = await partsOf(loader, 5, sharedParts(3), randomStream(1));
    expect(parts.map(({ batch }) => batch.ids)).toEqual([15, 16, 17].map((k) => loader.at(k).ids));
    expect(parts.map(({ batch }) => batch.part)).toEqual([0, 1, 2].map((index) => ({ index, of: 3 })));
    expect(new Set(parts.map(({ random }) => random.uniform())).size).toBe(3);
  });

  it('keeps antithetic times even over all parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 6 }), async (seed, count) => {
        const loader = countingLoader(4);
        const times = (await partsOf(loader, 0, sharedParts(count), randomStream(seed))).flatMap(({ batch, random }) =>
          Array.from(drawTimes(batch.batch, random, { samplingEps: 0, part: batch.part })),
        );
        const slices = times.map((t) => Math.floor(t * times.length + 1e-9)).sort((a, b) => a - b);
        expect(slices).toEqual(slices.map((_, i) => i));
      }),
    );
  });
});

describe('checkCount', () => {
  it('gives whole numbers back and refuses others by name', () => {
    expect(checkCount('accumulate', 3)).toBe(3);
    for (const value of [0, -1, 0.5, NaN, Infinity])
      expect(() => checkCount('accumulate', value)).toThrow(`accumulate is a whole number, at least 1; ${value} was`);
  });
});
