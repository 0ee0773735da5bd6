import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { shuffledByEpoch } from './epochs';
import { permutation } from './permutation';

describe('permutation', () => {
  it('gives every number once, whatever their count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (count, seed) => {
        const order = permutation(count, randomStream(seed));
        const found = new Set(Array.from({ length: count }, (_, i) => order(i)));
        expect(found.size).toBe(count);
        expect([...found].every((one) => Number.isInteger(one) && one >= 0 && one < count)).toBe(true);
      }),
    );
  });

  it('stays among numbers that no 32 bits hold, and comes from different keys', () => {
    const count = 2 ** 41 + 3;
    const [one, other] = [permutation(count, randomStream(1)), permutation(count, randomStream(2))];
    const numbers = Array.from({ length: 1000 }, (_, i) => count - 1 - i);
    const found = numbers.map(one);
    expect(new Set(found).size).toBe(1000);
    expect(found.every((number) => Number.isInteger(number) && number >= 0 && number < count)).toBe(true);
    expect(found.filter((number) => number > count / 2).length).toBeGreaterThan(400);
    expect(numbers.filter((number) => one(number) === other(number))).toEqual([]);
  });

  it('puts each of seven numbers at each place about as often', () => {
    const counts = new Float64Array(49);
    const draws = 7000;
    for (let seed = 0; seed < draws; seed++) {
      const order = permutation(7, randomStream(seed));
      for (let i = 0; i < 7; i++) counts[7 * i + order(i)]!++;
    }
    const chiSquare = counts.reduce((sum, found) => sum + (found - draws / 7) ** 2 / (draws / 7), 0);
    // 36 degrees of freedom: beyond 80 once in 25,000.
    expect(chiSquare).toBeLessThan(80);
  });
});

describe('shuffledByEpoch', () => {
  it('deals every sequence out once an epoch, to all ranks together, in another order each time', () => {
    const [count, batch, ranks] = [24, 3, 2];
    const readers = [0, 1].map((rank) => shuffledByEpoch(count, batch, randomStream(5), { rank, ranks }));
    const epoch = (number: number) => [0, 1, 2, 3].flatMap((k) => readers.flatMap((at) => at(4 * number + k)));
    for (const number of [0, 1, 7]) expect([...epoch(number)].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
    expect(epoch(0)).not.toEqual(epoch(1));
    const one = shuffledByEpoch(count, batch * ranks, randomStream(5));
    expect(one(5)).toEqual(readers.flatMap((at) => at(5)));
  });

  it('goes on where an epoch ends within a batch, and refuses a rank that there is not', () => {
    const at = shuffledByEpoch(5, 3, randomStream(1));
    const all = [0, 1, 2, 3, 4].flatMap(at);
    for (const start of [0, 5, 10]) expect(new Set(all.slice(start, start + 5)).size).toBe(5);
    expect(at(3)).toEqual(shuffledByEpoch(5, 3, randomStream(1))(3));
    expect(() => shuffledByEpoch(5, 3, randomStream(1), { rank: 2, ranks: 2 })).toThrow('rank 2 of 2 was given');
  });
});
