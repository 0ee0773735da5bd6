import { InputError } from '@idlm/core-diffusion';
import type { PickleValue } from './pickle-values';

/** Reads a pickle's bytes from front to back. */
export interface PickleCursor {
  /** @throws InputError saying what the pickle does at this place */
  refuse(problem: string): never;
  /** A whole number of 1, 2, 4 or 8 bytes, without a sign. */
  uint(bytes: 1 | 2 | 4 | 8): number;
  float(): number;
  /** A whole number of any size; one that no number can be stays a bigint, or where it is huge, its bytes. */
  long(bytes: number): PickleValue;
  bytes(count: number): Uint8Array;
  text(count: number): string;
  latin1(count: number): string;
  /** A text up to the end of the line. */
  line(): string;
}

/** Whole numbers of more bytes are kept as bytes: what is longer is a hash or damage. */
const LONGEST = 64;

/** Decodes what is at most 1 MB at once, since texts in a checkpoint are names and settings. */
const decoder = new TextDecoder();

function signed(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** A cursor on a pickle. @param what the file in messages */
export function pickleCursor(source: Uint8Array, what: string): PickleCursor {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;
  const refuse = (problem: string): never => {
    throw new InputError(`${what} is damaged: at byte ${at}, its pickle ${problem}; fetch or save it again.`);
  };
  const advance = (count: number): number => {
    if (count > source.byteLength - at) refuse('ends before its data');
    at += count;
    return at - count;
  };
  const bytes = (count: number): Uint8Array => {
    const from = advance(count);
    return source.subarray(from, from + count);
  };
  return {
    refuse,
    uint(size) {
      const from = advance(size);
      if (size === 1) return source[from]!;
      if (size === 2) return view.getUint16(from, true);
      return size === 4 ? view.getUint32(from, true) : Number(view.getBigUint64(from, true));
    },
    float: () => view.getFloat64(advance(8), false),
    long(count) {
      const own = bytes(count);
      if (count > LONGEST) return own;
      const value = signed(own);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    },
    bytes,
    text: (count) => decoder.decode(bytes(count)),
    latin1: (count) => Buffer.from(bytes(count)).toString('latin1'),
    line() {
      const end = source.indexOf(0x0a, at);
      if (end < 0) return refuse('ends in the middle of a line');
      const line = decoder.decode(source.subarray(at, end));
      at = end + 1;
      return line;
    },
  };
}
