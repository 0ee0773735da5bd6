import type { RandomStream } from '@idlm/core-diffusion';
import { mutateJson } from './mutate-json';

/** Numbers that readers may not expect, as they stand in texts. */
const NUMBERS = ['0', '-1', '1e309', '4294967296', '9007199254740993', '0.5', 'null', 'true', '""', '[]', '{}', '"a"'];

/** Pieces of texts that readers may not expect. */
const PIECES = [
  '"__proto__":{"a":1},',
  '"constructor":1,',
  '&a [*a]',
  '../',
  '\\u0000',
  '[[[[[[[[',
  '{"a":',
  '"',
  '\\',
  '\n',
  '- ',
  ': ',
  '#',
];

/** Bytes that mean something in one format or another. */
const BYTES = [0, 1, 0x7f, 0x80, 0xff, ...Buffer.from('"\\[]{}:,-0')];

/** Numbers of eight bytes, little-endian, such as lengths and offsets. */
const LENGTHS = [0n, 1n, 0x7fffffffn, 0xffffffffn, 1n << 33n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n];

type Change = (bytes: Buffer, draw: Draw) => Buffer;

/** Whole numbers from 0 to below a count. */
export type Draw = (count: number) => number;

/** One of some items. */
export const pick = <Item>(items: readonly Item[], draw: Draw): Item => items[draw(items.length)]!;

const insert = (bytes: Buffer, at: number, piece: Uint8Array, instead = 0): Buffer =>
  Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + instead)]);

/** A place, more often near the beginning, which says what the rest means, or the end, where some formats begin. */
function placeIn(bytes: Buffer, draw: Draw): number {
  const near = Math.min(bytes.length, 256);
  return [draw(bytes.length + 1), draw(near + 1), bytes.length - draw(near + 1)][draw(3)]!;
}

/** A number of a text becomes another. */
const otherNumber: Change = (bytes, draw) => {
  const found = [...bytes.toString('latin1').matchAll(/\d+/g)];
  if (!found.length) return bytes;
  const { index, 0: digits } = pick(found, draw);
  return insert(bytes, index, Buffer.from(pick(NUMBERS, draw)), digits.length);
};

const CHANGES: readonly Change[] = [
  (bytes, draw) => {
    const at = draw(Math.max(1, bytes.length));
    return insert(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << draw(8))), 1);
  },
  (bytes, draw) => insert(bytes, placeIn(bytes, draw), Uint8Array.of(pick(BYTES, draw)), 1),
  (bytes, draw) => bytes.subarray(0, placeIn(bytes, draw)),
  (bytes, draw) => insert(bytes, placeIn(bytes, draw), Buffer.alloc(0), 1 + draw(32)),
  (bytes, draw) => {
    const from = placeIn(bytes, draw);
    return insert(bytes, placeIn(bytes, draw), bytes.subarray(from, from + 1 + draw(64)));
  },
  (bytes, draw) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(pick(LENGTHS, draw));
    return insert(bytes, placeIn(bytes, draw), length.subarray(0, pick([2, 4, 8], draw)), 8);
  },
  (bytes, draw) => insert(bytes, placeIn(bytes, draw), Buffer.from(pick(PIECES, draw).repeat(1 + draw(20)))),
  otherNumber,
  otherNumber,
];

/**
 * A file with some changes, the same for the same stream: of its bytes, or, every second time of one that is JSON, of its members, which
 * gets further than broken syntax.
 */
export function mutate(file: Uint8Array, random: RandomStream): Buffer {
  const json = random.uniform() < 0.5 ? mutateJson(Buffer.from(file).toString(), random) : undefined;
  return json === undefined ? mutateBytes(file, random) : Buffer.from(json);
}

/** A file with one to four changes of its bytes. */
export function mutateBytes(file: Uint8Array, random: RandomStream): Buffer {
  const draw: Draw = (count) => random.integers(1, count)[0]!;
  let bytes: Buffer = Buffer.from(file);
  for (let left = 1 + draw(4); left > 0; left--) bytes = pick(CHANGES, draw)(bytes, draw);
  return bytes;
}
