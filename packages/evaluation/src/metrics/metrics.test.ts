import fc from 'fast-check';
import { dictionaryWordRate, distinct } from './diversity';
import { drift } from './drift';
import { standardError, unigramEntropy } from './entropy';
import { mauve, mauveFromHistograms } from './mauve';
import { summariseLikelihood } from './perplexity';

const batch = (rows: number[][]) => ({
  ids: Int32Array.from(rows.flat()),
  batch: rows.length,
  length: rows[0]!.length,
});

describe('unigramEntropy', () => {
  it('is 0 for one token repeated and ln n for n distinct ones', () => {
    expect(
      unigramEntropy(
        batch([
          [3, 3, 3, 3],
          [0, 1, 2, 3],
        ]),
      ),
    ).toBeCloseToArray([0, Math.log(4)], { atol: 1e-12 });
  });
});

describe('distinct', () => {
  it('counts n-grams across samples', () => {
    expect(
      distinct(
        batch([
          [1, 2, 1, 2],
          [1, 2, 3, 4],
        ]),
        2,
      ),
    ).toBeCloseTo(4 / 6, 12);
    expect(distinct(batch([[1, 2]]), 3)).toBe(1);
  });
});

describe('dictionaryWordRate', () => {
  it('looks at inner words only', () => {
    expect(dictionaryWordRate(['xx the whal whale yy', 'zz the q'], new Set(['the', 'whale']))).toBeCloseTo(3 / 4, 12);
    expect(dictionaryWordRate(['a b'], new Set())).toBeNaN();
  });
});

describe('drift', () => {
  it('is zero from the same batch and at most one', () => {
    const ids = fc
      .array(fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 6 })
      .map(batch);
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        expect(drift(a, a)).toEqual({ marginals: 0, pairs: 0, lengths: 0, entropy: 0 });
        const { marginals, pairs } = drift(a, b);
        expect(Math.max(marginals, pairs)).toBeLessThanOrEqual(1 + 1e-12);
        expect(pairs).toBeGreaterThanOrEqual(-1e-12);
        expect(drift(b, a).marginals).toBeCloseTo(marginals, 12);
      }),
    );
  });

  it('sees frequencies, pairs, lengths and entropy each, the last two with their sign', () => {
    const [a, b] = [batch([[1, 2, 1, 2]]), batch([[1, 1, 2, 2]])];
    expect(drift(a, b).marginals).toBe(0);
    expect(drift(a, b).pairs).toBeCloseTo(2 / 3, 12);
    expect(drift(batch([[1, 1, 0, 0]]), batch([[1, 1, 1, 1]]), 0).lengths).toBeCloseTo(-0.5, 12);
    expect(drift(batch([[0, 0, 0, 0]]), batch([[1, 1, 1, 1]]), 0).lengths).toBe(-1);
    expect(drift(batch([[1, 1, 1, 2]]), batch([[1, 1, 0, 0]]), 0).lengths).toBeCloseTo(1, 12);
    expect(drift(batch([[1, 2]]), batch([[1, 2, 3, 4]])).entropy).toBeCloseTo(-0.5, 12);
    // Padding behind a row is no letter; the same token within it is.
    expect(drift(batch([[1, 2, 0, 0]]), batch([[1, 2, 2, 1]]), 0).entropy).toBeCloseTo(0, 12);
    expect(drift(batch([[1, 0, 2, 0]]), batch([[1, 2, 2, 1]]), 0).entropy).toBeCloseTo(
      Math.log(3) / Math.log(2) - 1,
      12,
    );
    expect(() => drift(batch([[1]]), { ids: new Int32Array(0), batch: 0, length: 1 })).toThrow('at least one sample');
  });
});

describe('mauve', () => {
  it('is 1 for equal histograms, small for disjoint ones, and symmetric', async () => {
    expect(mauveFromHistograms([0.3, 0.7], [0.3, 0.7]).mauve).toBeCloseTo(1, 6);
    expect(mauveFromHistograms([1, 0], [0, 1]).mauve).toBeLessThan(0.02);
    const [a, b] = [mauveFromHistograms([0.2, 0.8], [0.6, 0.4]), mauveFromHistograms([0.6, 0.4], [0.2, 0.8])];
    expect(a.mauve).toBeCloseTo(b.mauve, 9);
    await expect(mauve([[1]], [[1], [2]])).rejects.toThrow('at least 2 texts');
  });
});

it('summariseLikelihood pools by weight, and weightless infinities do not count', () => {
  expect(summariseLikelihood([1, 3, Infinity], [1, 1, 0])).toEqual({
    nll: 2,
    bitsPerToken: 2 / Math.LN2,
    perplexity: Math.exp(2),
  });
});

it('standardError is that of the mean', () => {
  expect(standardError([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12);
});
