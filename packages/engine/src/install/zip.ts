import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { InputError } from '../errors';

/** Reads a byte stream in pieces of asked sizes, whatever the pieces are in which it comes. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most `limit`; nothing at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (!this.#rest.length) {
      const next = (await this.#source.next()) as IteratorResult<Uint8Array, undefined>;
      if (next.done) return undefined;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Lets go of the source, such as a file or a download, which may have more. */
  async end(): Promise<void> {
    await this.#source.return?.();
  }

  /** `count` bytes as they come. */
  async *bytes(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      const part = await this.some(left);
      if (!part) throw new InputError('The wheel ends too early: the download was cut off; run the command again.');
      left -= part.length;
      yield part;
    }
  }

  /** `count` bytes in one piece. @throws InputError where the source ends before */
  async exactly(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.bytes(count)) parts.push(part);
    return Buffer.concat(parts);
  }
}

interface Entry {
  readonly name: string;
  readonly deflated: boolean;
  readonly packed: number;
  readonly unpacked: number;
}

const LOCAL_HEADER = 0x04034b50;
const SIZES_FOLLOW = 8;

/**
 * The next entry's local header of 30 bytes, its name and its extra field; nothing at the central directory.
 * Source: APPNOTE.TXT of the zip format, sections 4.3.7 and 4.4.4 (bit 3: sizes behind the content).
 * @throws InputError for what is no zip archive, and for entries whose size is not known before they are read
 */
async function nextEntry(reader: ByteReader): Promise<Entry | undefined> {
  const header = await reader.exactly(30);
  const signature = header.readUInt32LE(0);
  if ((signature & 0xffff) !== (LOCAL_HEADER & 0xffff))
    throw new InputError('The file is not a wheel: it does not start like a zip archive.');
  if (signature !== LOCAL_HEADER) return undefined;
  const name = (await reader.exactly(header.readUInt16LE(26))).toString('utf8');
  await reader.exactly(header.readUInt16LE(28));
  const [flags, method, packed] = [header.readUInt16LE(6), header.readUInt16LE(8), header.readUInt32LE(18)];
  if (flags & SIZES_FOLLOW || packed === 0xffffffff || (method !== 0 && method !== 8))
    throw new InputError(
      `The wheel stores ${name} in a way that cannot be read as a stream: give an unpacked one with --from.`,
    );
  return { name, deflated: method === 8, packed, unpacked: header.readUInt32LE(22) };
}

/** Passes on no more than a number of bytes: few packed ones may be very many. */
const atMost = (bytes: number, name: string) =>
  async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let passed = 0;
    for await (const chunk of source) {
      passed += chunk.length;
      if (passed > bytes)
        throw new InputError(`${name} in the wheel is larger than its header says: fetch the wheel again.`);
      yield chunk;
    }
  };

/**
 * Unpacks an entry to a file.
 * @throws InputError where the content is damaged or has another size than the header says; errors of the disk pass
 */
async function writeEntry(reader: ByteReader, entry: Entry, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const file = createWriteStream(target);
  const bytes = Readable.from(reader.bytes(entry.packed));
  try {
    await (entry.deflated
      ? pipeline(bytes, createInflateRaw(), atMost(entry.unpacked, entry.name), file)
      : pipeline(bytes, file));
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    throw new InputError(`${entry.name} in the wheel is damaged: fetch the wheel again.`);
  }
  if (file.bytesWritten !== entry.unpacked)
    throw new InputError(`${entry.name} in the wheel has another size than its header says: fetch the wheel again.`);
}

/**
 * Writes the wanted files of a zip archive that arrives as a stream, front to back, without a copy of the archive on
 * disk. The whole stream is read, so that a checksum over it is complete.
 * @param target where to write an entry; nothing skips it
 * @returns names of the entries written
 * @throws InputError if the archive is cut off or not of the plain kind that wheels are
 */
export async function unzip(
  source: AsyncIterable<Uint8Array>,
  target: (name: string) => string | undefined,
): Promise<string[]> {
  const reader = new ByteReader(source);
  const written: string[] = [];
  try {
    for (let entry = await nextEntry(reader); entry; entry = await nextEntry(reader)) {
      const path = target(entry.name);
      if (path === undefined) for await (const _ of reader.bytes(entry.packed));
      else {
        await writeEntry(reader, entry, path);
        written.push(entry.name);
      }
    }
    while (await reader.some(Infinity));
    return written;
  } finally {
    await reader.end();
  }
}
