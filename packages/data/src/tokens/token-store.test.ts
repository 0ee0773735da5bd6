import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { collector } from './collector';
import { tokenHash } from './token-hash';
import { tokenStore } from './token-store';

const sha256 = (ids: Int32Array) =>
  createHash('sha256')
    .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .digest('hex');

/** Ids in pieces, some of them empty and some longer than what is hashed or held at a time. */
const pieces = fc.array(
  fc
    .record({ length: fc.constantFrom(0, 1, 3, 16_383, 16_384, 40_000), first: fc.nat(255) })
    .map(({ length, first }) => Int32Array.from({ length }, (_, i) => (first + 7 * i) % 256)),
  { maxLength: 6 },
);

const joined = (parts: readonly Int32Array[]) => Int32Array.from(parts.flatMap((part) => Array.from(part)));

describe('tokenStore', () => {
  it.each([
    [2, Uint8Array],
    [256, Uint8Array],
    [257, Uint16Array],
    [65_536, Uint16Array],
    [65_537, Int32Array],
  ])('of a vocabulary of %d holds ids as %p, its last one too', (vocabSize, type) => {
    const store = tokenStore(vocabSize);
    store.add([0, vocabSize - 1]);
    const { tokens } = store.finish();
    expect(tokens).toBeInstanceOf(type);
    expect(Array.from(tokens)).toEqual([0, vocabSize - 1]);
  });

  it('holds what was added, in whatever pieces, with the hash of it as int32', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const [store, all] = [tokenStore(256), joined(parts)];
        parts.forEach((part) => store.add(part));
        expect(store.size).toBe(all.length);
        const { tokens, hash } = store.finish();
        expect(Buffer.compare(Buffer.from(Uint8Array.from(all)), Buffer.from(tokens as Uint8Array))).toBe(0);
        expect(hash).toBe(sha256(all));
      }),
      { numRuns: 15 },
    );
  });

  it('makes room for the whole text at once where it is known how much of it was read', () => {
    const store = tokenStore(256, () => 0.25);
    store.add(new Uint8Array(100_000));
    const { tokens } = store.finish();
    // A quarter of the text, and a tenth more than four times as much.
    expect(tokens).toHaveLength(100_000);
    expect(tokens.buffer.byteLength / tokens.length).toBeCloseTo(4.4, 3);
  });

  it('makes room for twice as much where that is not known, and never for less than it was given', () => {
    const unknown = tokenStore(256);
    unknown.add(new Uint8Array(100_000));
    expect(unknown.finish().tokens.buffer.byteLength).toBe(200_000);
    const finished = tokenStore(256, () => 5);
    finished.add(new Uint8Array(100_000));
    expect(finished.finish().tokens.buffer.byteLength).toBe(165_536);
  });
});

it('a hash is that of the ids as int32, whatever they are stored as and however they come', () => {
  const ids = Int32Array.from({ length: 20_000 }, (_, i) => i % 251);
  for (const stored of [ids, Uint8Array.from(ids), Uint16Array.from(ids), Array.from(ids)]) {
    const hash = tokenHash();
    hash.add(stored);
    expect(hash.digest()).toBe(sha256(ids));
  }
  expect(tokenHash().digest()).toBe(sha256(new Int32Array(0)));
});

describe('collector', () => {
  it('grows as often as it must, and gives copies', () => {
    const { add, take } = collector(1);
    add([1, 2, 3, 4, 5]);
    const first = take();
    add(Int32Array.of(-6));
    first[0] = 9;
    expect(first).toEqual(Int32Array.of(9, 2, 3, 4, 5));
    expect(take()).toEqual(Int32Array.of(1, 2, 3, 4, 5, -6));
  });

  it('is empty at first', () => expect(collector().take()).toHaveLength(0));
});
