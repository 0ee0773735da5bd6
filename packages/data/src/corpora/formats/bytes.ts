import { createReadStream } from 'node:fs';
import { type Readable, pipeline } from 'node:stream';
import * as zlib from 'node:zlib';
import { InputError } from '../../errors';
import { type Compression, checkText, compressionOf } from './format';
import { MAX_ZSTD_WINDOW, zstdWindows } from './zstd-window';

/** Bytes that are read at once. */
const CHUNK = 1 << 20;

/** Counts bytes as they are read from disk. */
export type OnBytes = (count: number) => void;

/** What a damaged file of Zstandard makes its reader throw; there is no class for it. */
class DamagedZstd extends Error {}

/**
 * Unpacks Zstandard, all frames of it: parallel compressors write many, and that of Node reads the first one only up to 24.21, and none
 * before 22.15.
 */
async function* zstdUnpacked(file: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Decompress } = await import('fzstd');
  let unpacked: Buffer[] = [];
  // What is handed on is written over.
  const decompress = new Decompress((chunk) => unpacked.push(Buffer.from(chunk)));
  const follow = zstdWindows((bytes) => {
    if (bytes > MAX_ZSTD_WINDOW)
      throw new InputError(
        `${file} asks for a window of ${bytes} bytes to be unpacked, and at most ${MAX_ZSTD_WINDOW} are given; compress it with zstd --long=27, or without --long.`,
      );
  });
  const push = (chunk: Uint8Array, isLast: boolean) => {
    try {
      decompress.push(chunk, isLast);
    } catch (error) {
      throw new DamagedZstd((error as Error).message);
    }
  };
  for await (const chunk of source) {
    follow(chunk);
    push(chunk, false);
    yield* unpacked;
    unpacked = [];
  }
  push(new Uint8Array(0), true);
  yield* unpacked;
}

/** The bytes of a file that is not compressed, or unpacked ones. */
function unpacked(file: string, source: Readable, compression: Compression | undefined): AsyncIterable<Buffer> {
  if (compression === 'zstd') return zstdUnpacked(file, source);
  // Errors of either come out where the result is read.
  return compression ? pipeline(source, zlib.createGunzip({ chunkSize: CHUNK }), () => {}) : source;
}

/** A file's first bytes. */
export async function beginningOf(file: string): Promise<Buffer> {
  for await (const chunk of createReadStream(file, { end: 7999 })) return chunk as Buffer;
  return Buffer.alloc(0);
}

async function* opened(file: string, onBytes?: OnBytes): AsyncGenerator<Buffer> {
  const compression = compressionOf(await beginningOf(file));
  const source = createReadStream(file, { highWaterMark: CHUNK });
  let counted = 0;
  for await (const chunk of unpacked(file, source, compression)) {
    onBytes?.(source.bytesRead - counted);
    counted = source.bytesRead;
    yield chunk;
  }
}

/**
 * The bytes of a file, unpacked where they are compressed by gzip or Zstandard, whatever its name.
 * @throws InputError if it is damaged, asks for too much memory, or is known to be no text
 */
async function* readBytes(file: string, onBytes?: OnBytes): AsyncGenerator<Buffer> {
  let isFirst = true;
  try {
    for await (const chunk of opened(file, onBytes)) {
      if (isFirst) checkText(file, chunk);
      isFirst = false;
      yield chunk;
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code.startsWith('Z_') || error instanceof DamagedZstd)
      throw new InputError(`${file} cannot be unpacked (${message}); it is damaged or cut off.`);
    if (code === 'EACCES' || code === 'EPERM')
      throw new InputError(`${file} may not be read (${code}); mend its permissions.`);
    throw error;
  }
}

/**
 * A file's text as it is read; a byte-order mark is dropped.
 * @throws InputError as `readBytes`, and for bytes that are no UTF-8
 */
export async function* readDecoded(file: string, onBytes?: OnBytes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of readBytes(file, onBytes)) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new InputError(`${file} is not UTF-8 text; convert it first.`);
  }
}
