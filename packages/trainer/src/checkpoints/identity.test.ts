import type { Json } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { checkIdentity, differences } from './identity';

describe('checkIdentity', () => {
  it.each<[Json, Json, string]>([
    [{ model: { vocab_size: 28 } }, { model: { vocab_size: 29 } }, 'model.vocab_size 28 and this run has 29'],
    [{ seed: 1, data: 'ab' }, { data: 'cd', seed: 1 }, 'data "ab" and this run has "cd"'],
    [{ a: [1, 2] }, { a: [1, 3] }, 'a [1,2] and this run has [1,3]'],
    [{ clip: 1 }, {}, 'clip 1 and this run has none'],
    [{}, { clip: 1 }, 'clip none and this run has 1'],
    [{ data: { hash: 'x' } }, { data: null }, 'data {"hash":"x"} and this run has null'],
  ])('names the first value of %j and %j that differs', (saved, given, message) => {
    expect(() => checkIdentity('The checkpoint', saved, given)).toThrow(`The checkpoint was made with ${message}; set`);
  });

  it('finds none between equals, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = JSON.parse(JSON.stringify(value)) as Json;
        const given =
          typeof copy === 'object' && copy && !Array.isArray(copy)
            ? Object.fromEntries(Object.entries(copy).reverse())
            : copy;
        expect(differences(JSON.parse(JSON.stringify(value)) as Json, given)).toEqual([]);
      }),
    );
  });
});
