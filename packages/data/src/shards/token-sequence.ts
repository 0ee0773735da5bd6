import { read, readSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../errors';
import type { Shard } from './index-file';
import { openFiles } from './open-files';
import { BYTES, littleEndian } from './shard-writer';

/** A long sequence of ids in files, of which parts are read as they are needed. */
export interface TokenSequence {
  readonly length: number;
  /** The ids in [start, start + count). */
  read(start: number, count: number): Promise<Int32Array>;
  /** The same, at once. */
  readNow(start: number, count: number): Int32Array;
}

const readAt = promisify(read);

/** A part of a file, and where it stands in what is asked for; in bytes. */
interface Piece {
  readonly path: string;
  readonly at: number;
  readonly position: number;
  readonly bytes: number;
}

/** The ids of shards that stand one behind the other. The operating system keeps what was read lately; no second copy is kept here. */
export function tokenSequence(folder: string, shards: readonly Shard[], dtype: keyof typeof BYTES): TokenSequence {
  const files = openFiles();
  const ends: number[] = [];
  for (const { count } of shards) ends.push((ends.at(-1) ?? 0) + count);
  const length = ends.at(-1) ?? 0;
  const width = BYTES[dtype];
  /** The first shard that ends behind a number. */
  const shardAt = (number: number): number => {
    let [low, high] = [0, shards.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > number) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const piecesOf = (start: number, count: number): Piece[] => {
    if (start < 0 || start + count > length)
      throw new RangeError(`Ids ${start} … ${start + count} of a sequence of ${length} were asked for.`);
    const pieces: Piece[] = [];
    for (let at = start, shard = shardAt(start); at < start + count; shard++) {
      const some = Math.min(ends[shard]!, start + count) - at;
      const position = (at - (ends[shard]! - shards[shard]!.count)) * width;
      pieces.push({ path: join(folder, shards[shard]!.file), at: (at - start) * width, position, bytes: some * width });
      at += some;
    }
    return pieces;
  };
  const checkWhole = (found: number, { path, bytes }: Piece): void => {
    if (found !== bytes)
      throw new InputError(`${path} ends early; it was changed since it was opened. Prepare the text again.`);
  };
  const idsOf = (bytes: Buffer): Int32Array => {
    const numbers = littleEndian(bytes, dtype);
    const view = dtype === 'uint16' ? Uint16Array : Uint32Array;
    return Int32Array.from(new view(numbers.buffer as ArrayBuffer, numbers.byteOffset, numbers.length / width));
  };
  const allocate = (count: number) => Buffer.from(new ArrayBuffer(count * width));
  return {
    length,
    async read(start, count) {
      const bytes = allocate(count);
      for (const piece of piecesOf(start, count)) {
        await files.withFile(piece.path, async (descriptor) => {
          checkWhole((await readAt(descriptor, bytes, piece.at, piece.bytes, piece.position)).bytesRead, piece);
        });
      }
      return idsOf(bytes);
    },
    readNow(start, count) {
      const bytes = allocate(count);
      for (const piece of piecesOf(start, count)) {
        files.withFileNow(piece.path, (descriptor) =>
          checkWhole(readSync(descriptor, bytes, piece.at, piece.bytes, piece.position), piece),
        );
      }
      return idsOf(bytes);
    },
  };
}
