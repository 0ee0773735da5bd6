import type { Tokenizer } from '../tokenizer';
import type { TokenizerJson } from '../vocabulary';

/** UTF-8 bytes of what an id that is no token is shown as, U+FFFD. */
const UNKNOWN_BYTES = 3;

/** Whether tokens are spelt in stand-ins of bytes, as GPT-2's are. */
const isByteLevel = ({ decoder }: TokenizerJson): boolean =>
  (decoder as { readonly type?: unknown } | null | undefined)?.type === 'ByteLevel';

/**
 * What counts the bytes that ids of a byte-level vocabulary stand for: a token has one for each of its symbols, and an added one, which is
 * text as it is, those of its UTF-8.
 * @returns undefined for vocabularies of another kind
 */
export function tokenBytes(json: TokenizerJson, ids: ReadonlyMap<string, number>): Tokenizer['byteLength'] {
  if (!isByteLevel(json)) return undefined;
  const bytes = new Map(Array.from(ids, ([token, id]) => [id, token.length]));
  const encoder = new TextEncoder();
  for (const { id, content } of json.added_tokens ?? []) bytes.set(id, encoder.encode(content).length);
  return (tokens) => {
    let sum = 0;
    for (let i = 0; i < tokens.length; i++) sum += bytes.get(tokens[i]!) ?? UNKNOWN_BYTES;
    return sum;
  };
}
