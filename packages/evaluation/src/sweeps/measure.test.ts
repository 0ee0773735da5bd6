import { randomStream } from '@idlm/core-diffusion';
import type { Judge } from '../scorers/scorer';
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
    // This judge scores all tokens, each of them a letter.
    expect(found.likelihood!['sum']).toMatchObject({ tokens: 12, bytes: 12 });
    expect(found.likelihood!['sum']!.bitsPerByte).toBeCloseTo(24 / 12 / Math.LN2, 12);
    expect(found.entropy).toBeCloseTo((Math.log(4) + Math.LN2 + 0) / 3, 12);
    expect(found.distinct).toEqual([4 / 12, 6 / 9, 5 / 6]);
  });
});

describe('judges that read text', () => {
  it('get what is written, without padding, and what is given before it beside it', async () => {
    const [read, asked]: [string[], (readonly string[] | undefined)[]] = [[], []];
    const judge = {
      name: 'reader',
      weigh: async (texts: readonly string[], prompts?: readonly string[]) => {
        read.push(...texts);
        asked.push(prompts);
        return texts.map(({ length }) => ({ nats: length, tokens: length, bytes: 2 * length }));
      },
    };
    const valid = Uint8Array.of(0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1);
    const { perplexity, likelihood } = await measureText(
      { ...measures, scorers: [judge], padId: 3 },
      { ...data, valid },
    );
    expect(read).toEqual(['ab', 'bb', '']);
    expect(asked).toEqual([[' ', 'aa', '']]);
    await measureText({ ...measures, scorers: [judge] }, data);
    expect([read.slice(3), asked[1]]).toEqual([[' abc', 'aabb', 'cccc'], undefined]);
    expect(perplexity['reader']).toBeCloseTo(Math.E, 12);
    expect(likelihood!['reader']!.bitsPerByte).toBeCloseTo(0.5 / Math.LN2, 12);
  });

  it('leave out what is noised and does not count, of tokens and of text', async () => {
    const counted = Uint8Array.of(1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0);
    const { likelihood, entropy } = await measureText(measures, { ...data, counted });
    expect(likelihood!['sum']).toMatchObject({ tokens: 6, bytes: 6 });
    expect(likelihood!['sum']!.nll).toBeCloseTo(8 / 6, 12);
    expect(entropy).toBeCloseTo((Math.log(3) + 0 + 0) / 3, 12);
    // Beside what is given.
    const valid = Uint8Array.of(0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1);
    const both = await measureText(measures, { ...data, valid, counted });
    expect(both.likelihood!['sum']).toMatchObject({ tokens: 3, bytes: 3, nll: 6 / 3 });
  });

  it('leave padding out of the bytes of tokens, but not out of what they weigh', async () => {
    const { likelihood } = await measureText({ ...measures, padId: 3 }, data);
    expect(likelihood!['sum']).toMatchObject({ tokens: 12, bytes: 7 });
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
    // Which rows a bootstrap draws depends on their order.
    const { examples, likelihood: _, ...numbers } = await real(100);
    const { examples: __, likelihood: ___, ...whole } = await measureText(measures, data);
    expect(numbers).toEqual(whole);
    expect([...examples].sort()).toEqual([' abc', 'aabb', 'cccc'].sort());
  });
});

describe('judges of one’s own', () => {
  const judged = (judge: object) => measureText({ ...measures, scorers: [{ name: 'own', ...judge } as Judge] }, data);
  const weight = { nats: 1, tokens: 4, bytes: 4 };

  it.each([
    [{ score: async () => Float64Array.of(1, 2) }, 'as many for each of 3 rows of 4; it gave 2 in all.'],
    [{ score: async () => new Float64Array(15) }, 'it gave 15 in all.'],
    [{ score: async () => 3 }, 'in a Float64Array; it gave 3.'],
    [{ score: async () => new Float64Array(12).fill(NaN) }, 'A judge gave NaN for a token'],
    [{ score: async () => undefined as never }, 'A judge gives its numbers in a Float64Array; it gave undefined.'],
    [{ weigh: async () => [weight, weight] }, 'The judge "own" must weigh each of 3 texts'],
    [{ weigh: async () => [weight, weight, { nats: 1 }] }, 'it gave [{"nats":1,"tokens":4'],
  ])('are refused where their numbers are not those of the texts: %#', async (judge, message) => {
    await expect(judged(judge)).rejects.toThrow(message);
  });
});
