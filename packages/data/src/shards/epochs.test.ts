import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { shuffledByEpoch } from './epochs';

const shape = fc.record({
  count: fc.integer({ min: 1, max: 40 }),
  batch: fc.integer({ min: 1, max: 12 }),
  ranks: fc.integer({ min: 1, max: 4 }),
});

describe('shuffledByEpoch', () => {
  it('gives each sequence once an epoch, over all ranks together', () => {
    fc.assert(
      fc.property(shape, fc.nat(), ({ count, batch, ranks }, seed) => {
        const readers = Array.from({ length: ranks }, (_, rank) =>
          shuffledByEpoch(count, batch, randomStream(seed), { rank, ranks }),
        );
        const epochs = 3;
        const drawn: number[] = [];
        for (let k = 0; drawn.length < epochs * count; k++) readers.forEach((at) => drawn.push(...at(k)));
        const all = [...Array(count).keys()];
        for (let epoch = 0; epoch < epochs; epoch++)
          expect(drawn.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b)).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  it('gives batch k whenever it is asked for, in any order', () => {
    fc.assert(
      fc.property(shape, fc.array(fc.nat(60), { minLength: 1, maxLength: 12 }), ({ count, batch }, asked) => {
        const at = shuffledByEpoch(count, batch, randomStream(3));
        for (const k of asked) {
          const found = at(k);
          expect(found).toEqual(shuffledByEpoch(count, batch, randomStream(3))(k));
          expect(found).toHaveLength(batch);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has an order of its own in each epoch, and for each seed', () => {
    const at = shuffledByEpoch(50, 50, randomStream(1));
    expect(at(1)).not.toEqual(at(0));
    expect(at(0)).not.toEqual([...Array(50).keys()]);
    expect(shuffledByEpoch(50, 50, randomStream(2))(0)).not.toEqual(at(0));
  });

  it('does not draw from the stream that it is given, which others split', () => {
    const stream = randomStream(7);
    shuffledByEpoch(10, 3, stream)(0);
    expect(stream.uniform()).toBe(randomStream(7).uniform());
  });

  it('refuses a rank that there is not', () => {
    expect(() => shuffledByEpoch(4, 2, randomStream(1), { rank: 3, ranks: 3 })).toThrow('rank 3 of 3 was given');
  });
});
