import fc from 'fast-check';
import { categorical, pickCategory } from './categorical';
import { philox } from './philox';
import { randomStream, restoreStream } from './stream';

describe('philox', () => {
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the known answer for counter %j', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox(counter as [number, number, number, number], key as [number, number], out);
    expect(Array.from(out)).toEqual(expected);
  });
});

describe('randomStream', () => {
  it('continues exactly from a saved state', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 40 }), (seed, used) => {
        const stream = randomStream(seed);
        stream.uniforms(used);
        const restored = restoreStream(JSON.parse(JSON.stringify(stream.state())));
        expect(restored.uniforms(9)).toEqual(stream.uniforms(9));
      }),
    );
  });

  it('splits by label, whatever was drawn before', () => {
    const a = randomStream(7);
    const b = randomStream(7);
    b.uniforms(5);
    expect(b.split('noise').uniforms(4)).toEqual(a.split('noise').uniforms(4));
    expect(a.split('noise').uniform()).not.toBe(a.split('times').uniform());
    expect(a.split(1).uniform()).not.toBe(a.split(2).uniform());
    expect(randomStream('x').uniform()).not.toBe(randomStream('y').uniform());
  });

  it('draws uniforms, normals and integers of the right law', () => {
    const stream = randomStream(3);
    const count = 40000;
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    const u = stream.uniforms(count);
    expect(u.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(4 / Math.sqrt(12 * count));
    const z = stream.normals(count + 1);
    expect(z.length).toBe(count + 1);
    expect(Math.abs(mean(z))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(mean(z.map((x) => x * x)) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    const counts = [0, 0, 0, 0, 0];
    stream.integers(count, 5).forEach((k) => counts[k]!++);
    expect(counts.reduce((sum, n) => sum + (n - count / 5) ** 2 / (count / 5), 0)).toBeLessThan(18.5);
  });

  it('refuses a negative seed and a foreign state', () => {
    expect(() => randomStream(-1)).toThrow('whole number from 0');
    expect(() => restoreStream({ key: 'zz', drawn: 0 })).toThrow('no state of a random stream');
    expect(() => randomStream(0).integers(1, 0)).toThrow('at least 1; 0 was given');
  });
});

describe('categorical', () => {
  it('follows its weights and never picks a zero', () => {
    const weights = Float64Array.from([0, 3, 0, 1, 4, 0]);
    const random = randomStream(11);
    const counts = new Float64Array(6);
    for (let i = 0; i < 8000; i++) counts[categorical(weights, random)]!++;
    expect([counts[0], counts[2], counts[5]]).toEqual([0, 0, 0]);
    expect(
      [1, 3, 4].reduce((sum, k) => sum + (counts[k]! - weights[k]! * 1000) ** 2 / (weights[k]! * 1000), 0),
    ).toBeLessThan(13.8);
  });

  it('stays inside at the ends of the uniform', () => {
    expect(pickCategory([0, 1, 0, 1, 0], 0)).toBe(1);
    expect(pickCategory([0, 1, 0, 1, 0], 1 - 2 ** -53)).toBe(3);
  });

  it.each([
    [[0, 0], 'none of the 2 is above 0'],
    [[NaN, 0], 'weight 0 of 2 is NaN'],
    [[1, NaN, 1], 'weight 1 of 3 is NaN'],
    [[1, Infinity], 'weight 1 of 2 is Infinity'],
    [[1.7e308, 1.7e308], 'their sum is infinite'],
  ])('refuses weights %j', (weights, message) => {
    expect(() => pickCategory(weights, 0.5)).toThrow(`with a positive, finite sum; ${message}.`);
  });
});
