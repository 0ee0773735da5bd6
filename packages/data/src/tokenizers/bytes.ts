import { type Normalisation, normalise } from '../normalise';
import { MASK_TEXT, type Tokenizer, tokenizerJson } from './tokenizer';

/** GPT-2's printable stand-in for every byte, so that a byte-level `tokenizer.json` can name them. */
function byteSymbols(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

function byteJson(): Record<string, unknown> {
  const vocab = Object.fromEntries([...byteSymbols(), '[MASK]'].map((token, id) => [token, id]));
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  const model = {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    vocab,
    merges: [],
  };
  return tokenizerJson({ maskId: 256, preTokenizer: level, decoder: level, model });
}

/** One token per UTF-8 byte, 0 … 255; the mask is 256. Any text has an encoding. */
export function byteTokenizer(normalisation: Normalisation = 'none'): Tokenizer {
  const mask = new TextEncoder().encode(MASK_TEXT);
  return {
    kind: 'bytes',
    vocabSize: 257,
    maskId: 256,
    padId: 32,
    normalise: normalisation,
    encode: (text) => Int32Array.from(new TextEncoder().encode(normalise(text, normalisation))),
    decode: (ids) =>
      new TextDecoder().decode(Uint8Array.from(Array.from(ids).flatMap((id) => (id === 256 ? [...mask] : [id])))),
    json: byteJson(),
  };
}
