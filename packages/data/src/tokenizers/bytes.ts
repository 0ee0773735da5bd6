import type { Normalisation } from '../normalise';
import { BYTE_SYMBOLS } from './byte-level/byte-symbols';
import { makeTokenizer } from './make-tokenizer';
import { type OwnOptions, byteLevel, bytePairModel, ownFiles } from './own-json';
import { MASK_TEXT, type Tokenizer } from './tokenizer';

const byteFiles = (normalisation: Normalisation, options: OwnOptions) =>
  ownFiles({
    ...{ words: BYTE_SYMBOLS, options, normalisation },
    ...{ preTokenizer: byteLevel(false), decoder: byteLevel(false), model: bytePairModel([]) },
  });

/** The bytes of ids: those of `▁` for a mask, and of U+FFFD for what is no token. */
function bytesOf(ids: ArrayLike<number>, maskId: number): Uint8Array {
  const [mask, none] = [MASK_TEXT, '\uFFFD'].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  const out = new Uint8Array(ids.length * 3);
  let size = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id >= 0 && id < 256) out[size++] = id;
    else if (id < 0 || id >= maskId) {
      out.set(id === maskId ? mask : none, size);
      size += 3;
    }
  }
  return out.subarray(0, size);
}

/**
 * One token per UTF-8 byte, 0 … 255, then `[BOS]` where it is asked for, then the mask. Any text has an encoding.
 * @example
 * ```ts
 * import { byteTokenizer } from '@idlm/data';
 *
 * const tokenizer = byteTokenizer();
 * console.log(...tokenizer.encode('é')); // → 195 169
 * console.log(tokenizer.vocabSize, tokenizer.maskId); // → 257 256
 * ```
 */
export function byteTokenizer(normalisation: Normalisation = 'none', options: OwnOptions = {}): Tokenizer {
  const maskId = options.beginning ? 257 : 256;
  const encoder = new TextEncoder();
  return makeTokenizer(
    {
      spec: { name: 'bytes' },
      vocabSize: maskId + 1,
      maskId,
      padId: 32,
      ...(options.beginning ? { beginId: 256 } : {}),
      // Letters have no line end.
      separator: Int32Array.of(normalisation === 'letters' ? 32 : 10),
      encode: (text) => Int32Array.from(encoder.encode(text)),
      // A byte-order mark is a character of the text here, not a sign to be dropped.
      decode: (ids) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(ids, maskId)),
      byteLength: (ids) => bytesOf(ids, maskId).length,
      ...byteFiles(normalisation, options),
    },
    normalisation,
  );
}
