import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { type Shard, shardName } from './index-file';

/** Bytes of a token, by how it is written. */
export const BYTES = { uint16: 2, uint32: 4 } as const;

/** How the tokens of a vocabulary are written. */
export const dtypeFor = (vocabSize: number): keyof typeof BYTES => (vocabSize <= 1 << 16 ? 'uint16' : 'uint32');

/** Numbers that are written at once. */
const SOME = 1 << 18;

/** Numbers of this machine as little-endian ones, and the other way round. */
export function littleEndian(bytes: Buffer, dtype: keyof typeof BYTES): Buffer {
  if (endianness() === 'LE') return bytes;
  return dtype === 'uint16' ? bytes.swap16() : bytes.swap32();
}

/** How numbers are written into shards. */
export interface ShardOptions {
  readonly folder: string;
  /** Beginning of the names of files. */
  readonly name: string;
  readonly dtype: keyof typeof BYTES;
  /** Numbers of a shard; the last one has fewer. */
  readonly most: number;
}

/** Numbers that go into one shard after another. */
export interface ShardWriter {
  /** Numbers so far. */
  readonly size: number;
  add(ids: ArrayLike<number>): void;
  /** A document begins with the next number. */
  beginDocument(): void;
  /** Ends the last shard. */
  finish(): readonly Shard[];
  /** Closes the file at hand, where something went wrong. */
  abandon(): void;
}

/** A shard that is being written. */
interface OpenShard {
  readonly file: string;
  readonly descriptor: number;
  readonly hash: ReturnType<typeof createHash>;
  count: number;
  documents: number;
}

/** Writes numbers into `name-00000.bin`, `name-00001.bin` …; each is flushed before the next begins. */
export function shardWriter({ folder, name, dtype, most }: ShardOptions): ShardWriter {
  const waiting = new (dtype === 'uint16' ? Uint16Array : Uint32Array)(SOME);
  const shards: Shard[] = [];
  let open: OpenShard | undefined;
  let [size, filled, starting] = [0, 0, 0];
  const begin = (): OpenShard => {
    const file = shardName(name, shards.length);
    const descriptor = openSync(join(folder, file), 'wx');
    open = { file, descriptor, hash: createHash('sha256'), count: 0, documents: 0 };
    return open;
  };
  const flush = () => {
    if (!filled || !open) return;
    const bytes = littleEndian(Buffer.from(waiting.buffer, 0, filled * BYTES[dtype]), dtype);
    for (let at = 0; at < bytes.length;) at += writeSync(open.descriptor, bytes, at);
    open.hash.update(bytes);
    filled = 0;
  };
  const end = () => {
    if (!open) return;
    flush();
    const { file, descriptor, hash, count, documents } = open;
    open = undefined;
    fsyncSync(descriptor);
    closeSync(descriptor);
    shards.push({ file, count, documents, sha256: hash.digest('hex') });
  };
  return {
    get size() {
      return size;
    },
    beginDocument() {
      starting++;
    },
    add(ids) {
      for (let i = 0; i < ids.length;) {
        const shard = open ?? begin();
        shard.documents += starting;
        starting = 0;
        const count = Math.min(ids.length - i, SOME - filled, most - shard.count);
        for (let j = 0; j < count; j++) waiting[filled + j] = ids[i + j]!;
        filled += count;
        shard.count += count;
        i += count;
        if (filled === SOME) flush();
        if (shard.count === most) end();
      }
      size += ids.length;
    },
    finish() {
      end();
      return shards;
    },
    abandon() {
      if (open) closeSync(open.descriptor);
      open = undefined;
    },
  };
}
