import { readSync } from 'node:fs';
import { PbfReader } from 'pbf';

/** A field of a message in a file, by where its content lies. */
export interface Field {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** Bytes that the number and the length of a field take at the most. */
const MOST_OF_HEADER = 20;

/** Bytes of an open file from `start` on, fewer at its end. */
export function bytesAt(file: number, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, start));
}

/**
 * The fields of a message, of which no content is read: it may be that of a large file of something else.
 * @param file descriptor of an open file
 * @param isWhole whether a field that ends behind the message is refused, or is its last
 * @throws Error where there are no fields of protobuf, or one ends behind the message
 */
export function* fieldsIn(file: number, start: number, end: number, isWhole = true): Generator<Field> {
  for (let at = start; at < end;) {
    const header = new PbfReader(bytesAt(file, at, Math.min(MOST_OF_HEADER, end - at)));
    const number = header.nextField();
    const isLong = header.type === 2;
    const length = isLong ? header.readVarint() : 0;
    if (!isLong) header.skip(header.type);
    const field = { number, start: at + header.pos, end: at + header.pos + length };
    if (isWhole && field.end > end) throw new Error('it is cut short, or of another format');
    yield field;
    at = field.end;
  }
}
