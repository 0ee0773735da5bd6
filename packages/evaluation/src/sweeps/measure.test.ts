import { randomStream } from '@idlm/core-diffusion';
import { measureRealText, measureText } from './measure';

const rows = [
  [0, 1, 2, 3],
  [1, 1, 2, 2],
  [3, 3, 3, 3],
];
const data = { ids: Int32Array.from(rows.flat()), batch: 3, length: 4 };
const letters = ' abc';
const measures = {
  // Nats per token are the token itself, so that a perplexity tells which rows were scored.
  scorers: [{ name: 'sum', score: async ({ ids }: { ids: Int32Array }) => Float64Array.from(ids) }],
  decode: (ids: Int32Array) => Array.from(ids, (id) => letters[id]).join(''),
  words: new Set(['a']),
};

describe('measureText', () => {
  it('judges quality together with diversity', async () => {
    const found = await measureText(measures, data);
    expect(found).toMatchObject({ samples: 3, examples: [' abc', 'aabb', 'cccc'], wordRate: NaN });
    expect(found.perplexity['sum']).toBeCloseTo(Math.exp(24 / 12), 12);
    expect(found.entropy).toBeCloseTo((Math.log(4) + Math.LN2 + 0) / 3, 12);
    expect(found.distinct).toEqual([4 / 12, 6 / 9, 5 / 6]);
  });
});

describe('measureRealText', () => {
  const real = (samples: number, seed = 1) => measureRealText(measures, data, { samples, random: randomStream(seed) });

  it('takes as many rows as there are samples, none twice', async () => {
    const two = await real(2);
    expect(two.samples).toBe(2);
    expect(new Set(two.examples).size).toBe(2);
    expect(await real(2)).toEqual(two);
    const seen = new Set(
      (await Promise.all([1, 2, 3, 4, 5].map((seed) => real(1, seed)))).map(({ examples }) => examples[0]),
    );
    expect(seen.size).toBeGreaterThan(1);
  });

  it('takes all where there are fewer, with the numbers of the whole', async () => {
    const { examples, ...numbers } = await real(100);
    const { examples: _, ...whole } = await measureText(measures, data);
    expect(numbers).toEqual(whole);
    expect([...examples].sort()).toEqual([' abc', 'aabb', 'cccc'].sort());
  });
});
