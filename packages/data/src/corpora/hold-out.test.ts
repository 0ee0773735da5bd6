import fc from 'fast-check';
import { checkShare, holdOutRows, isHeldOut, trainedTokens } from './hold-out';

/** Rows of one token each, which is enough to tell them apart. */
const rowsOf = (ids: readonly number[]) => Int32Array.from(ids);
const ids = fc.array(fc.nat(5000), { minLength: 1, maxLength: 300 });
const share = fc.integer({ min: 0, max: 50 }).map((percent) => percent / 100);

describe('a share', () => {
  it.each([-0.1, 0.51, 0.99, 1.1, NaN, Infinity])('%d is refused', (given) => {
    expect(() => checkShare(given)).toThrow(`The held-out share lies in [0, 0.5], or is 1; ${given} was given.`);
  });

  it('of packed text leaves at least half of it, and what a window takes', () => {
    fc.assert(
      fc.property(fc.nat(10_000), share, (tokens, held) => {
        const count = trainedTokens(tokens, held, 0);
        // A share in binary may round a whole number of tokens up to the next.
        expect(Math.abs(tokens - count - tokens * held)).toBeLessThanOrEqual(1);
        expect(2 * count).toBeGreaterThanOrEqual(tokens);
      }),
    );
    expect([trainedTokens(10, 0.25, 8), trainedTokens(0, 0, 0), trainedTokens(7, 0, 7)]).toEqual([8, 0, 7]);
    expect(() => trainedTokens(10, 0.25, 9)).toThrow(
      'The corpus has 8 tokens to train on; at least 9 are needed, one window.',
    );
  });
});

describe('rows that are held out', () => {
  it('are all others than those trained on, at most the share, and no equal one is trained on', () => {
    fc.assert(
      fc.property(ids, share, (given, held) => {
        const { train, heldOut } = holdOutRows(rowsOf(given), 1, held);
        expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual([...given.keys()]);
        expect(heldOut.length).toBeLessThanOrEqual(given.length * held);
        const seen = new Set(Array.from(train, (row) => given[row]));
        expect([...heldOut].filter((row) => seen.has(given[row]))).toEqual([]);
        expect([...train]).toEqual([...train].sort((a, b) => a - b));
      }),
    );
  });

  it('do not depend on the order in which rows come', () => {
    fc.assert(
      fc.property(ids, share, fc.nat(), (given, held, turn) => {
        const at = turn % given.length;
        const turned = [...given.slice(at), ...given.slice(0, at)];
        const heldOf = (all: readonly number[]) =>
          Array.from(holdOutRows(rowsOf(all), 1, held).heldOut, (row) => all[row]!).sort((a, b) => a - b);
        expect(heldOf(turned)).toEqual(heldOf(given));
      }),
    );
  });

  it('of files and of memory lie one within the other, whatever the rows', () => {
    fc.assert(
      fc.property(ids, share, (given, held) => {
        const inMemory = new Set(Array.from(holdOutRows(rowsOf(given), 1, held).heldOut, (row) => given[row]!));
        const inFiles = new Set(given.filter((id) => isHeldOut(Int32Array.of(id), held)));
        const [fewer, more] = inMemory.size < inFiles.size ? [inMemory, inFiles] : [inFiles, inMemory];
        expect([...fewer].filter((id) => !more.has(id))).toEqual([]);
      }),
    );
  });

  it('of files and of memory hardly differ where there are many', () => {
    const given = Array.from({ length: 50_000 }, (_, i) => i);
    const { heldOut } = holdOutRows(rowsOf(given), 1, 0.1);
    const inFiles = given.filter((id) => isHeldOut(Int32Array.of(id), 0.1)).length;
    // The number of those below a share of all hashes has a standard deviation of 67.
    expect([heldOut.length, Math.abs(inFiles - 5000) < 270]).toEqual([5000, true]);
  });

  it('are none for a share of nothing, even where a hash is 0', () => {
    for (let id = 0; id < 1000; id++) expect(isHeldOut(Int32Array.of(id), 0)).toBe(false);
    expect(holdOutRows(rowsOf([1, 2, 3]), 1, 0).heldOut).toHaveLength(0);
  });

  it('are told by their ids, however wide these are stored', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), share, (row, held) => {
        const found = [Uint8Array, Uint16Array, Int32Array].map((type) => isHeldOut(type.from(row), held));
        expect(new Set(found).size).toBe(1);
      }),
    );
  });
});
