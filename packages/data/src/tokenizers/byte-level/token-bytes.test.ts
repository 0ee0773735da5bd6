import { addedToken } from '../own-json';
import type { TokenizerJson } from '../vocabulary';
import { tokenBytes } from './token-bytes';

/** GPT-2's stand-ins for the bytes of "ß" are two symbols. */
const vocab = { a: 0, Ġthe: 1, Ã: 2, Ł: 3 };
const json = (decoder: object | null): TokenizerJson => ({
  model: { type: 'BPE', vocab },
  decoder,
  added_tokens: [addedToken(4, '<é>')],
});
const ids = new Map([...Object.entries(vocab), ['<é>', 4] as const]);

describe('tokenBytes', () => {
  const length = tokenBytes(json({ type: 'ByteLevel' }), ids)!;

  it('is one for each symbol of a token', () => {
    expect([[0], [1], [2, 3]].map((tokens) => length(tokens))).toEqual([1, 4, 2]);
    expect(length([])).toBe(0);
  });

  it('is that of the text of an added token, and of U+FFFD for an id that is none', () => {
    expect(length([4])).toBe(Buffer.byteLength('<é>'));
    expect(length(Int32Array.of(9, -1))).toBe(2 * Buffer.byteLength('\uFFFD'));
  });

  it.each([[null], [{ type: 'WordPiece' }], [{}]])('is unknown of a vocabulary whose decoder is %j', (decoder) =>
    expect(tokenBytes(json(decoder), ids)).toBeUndefined(),
  );
});
