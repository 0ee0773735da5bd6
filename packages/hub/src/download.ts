import { type Hash, createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, isInputError } from '@idlm/core-diffusion/errors';
import type { RepositoryFile } from './model-files';
import { HubUnreachable, reasonOf } from './network';

/** How one file comes. */
export interface DownloadOptions {
  readonly fetch: typeof fetch;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told the bytes of the file that are there. */
  readonly onBytes?: (bytes: number) => void;
}

/** sha256 for large files; git's sha1, which begins with the length, for all others. */
function contentHash({ hash, size }: RepositoryFile): Hash {
  return hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** The hash of the first bytes of what is held. */
async function hashPart(held: FileHandle, file: RepositoryFile, bytes: number): Promise<Hash> {
  const hash = contentHash(file);
  if (bytes)
    for await (const chunk of held.createReadStream({ start: 0, end: bytes - 1, autoClose: false }))
      hash.update(chunk as Uint8Array);
  return hash;
}

/**
 * Puts a whole file in place, unless another process that pulls it has: what lies beside the target by then is of a third one,
 * and not whole.
 * @throws InputError if another process removed it
 */
async function putInPlace(held: FileHandle, partial: string, target: string, { path }: RepositoryFile): Promise<void> {
  const [own, there] = await Promise.all([held.stat(), stat(partial).catch(() => undefined)]);
  const isOwn = there?.ino === own.ino && there.dev === own.dev;
  if (isOwn)
    await rename(partial, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  if (!isOwn && !existsSync(target))
    throw new InputError(`Another process removed ${path} while it was downloaded; run the command again.`);
}

/** The rest of a file from a byte on; a server that knows no ranges begins anew. */
async function requestFrom(url: string, start: number, { fetch, headers }: DownloadOptions) {
  const response = await fetch(url, { headers: { ...headers, ...(start ? { Range: `bytes=${start}-` } : {}) } });
  if (!response.ok) {
    await response.body?.cancel();
    throw Object.assign(new Error(response.statusText), { statusCode: response.status });
  }
  return { response, start: response.status === 206 ? start : 0 };
}

/** Writes bytes at a place: one call may take fewer. */
async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/** What lies there of an earlier download, or of another process's. */
const openPart = (path: string): Promise<FileHandle | undefined> =>
  open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });

/** Made where it is missing, and never emptied. */
const CREATE = constants.O_RDWR | constants.O_CREAT;

/**
 * Writes an answer to what is held from a byte on. Bytes go where they belong, so that processes that pull one file at once write
 * the same; at the end of the file, they would follow one another's.
 * @throws HubUnreachable if it breaks off
 */
async function receive(
  response: Response,
  held: FileHandle,
  from: number,
  file: RepositoryFile,
  options: DownloadOptions,
) {
  try {
    const hash = await hashPart(held, file, from);
    let bytes = from;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > file.size) break;
      hash.update(chunk);
      await writeAll(held, chunk, bytes - chunk.length);
      options.onBytes?.(bytes);
    }
    // What was there of an earlier download may have been longer.
    if (bytes === file.size) await held.truncate(bytes);
    await held.sync();
    return { bytes, digest: hash.digest('hex') };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isInputError(error) || (error as NodeJS.ErrnoException).syscall === 'write'
      ? error
      : new HubUnreachable(
          `The download of ${file.path} broke off (${reasonOf(error)}); the same command goes on from there.`,
        );
  }
}

/** What is said of bytes that are not those of the Hub. */
const notListed = ({ path, size, hash }: RepositoryFile, bytes: number, digest: string): InputError =>
  new InputError(
    `What came of ${path} is not what the Hub lists (${bytes > size ? `more than ${size} bytes` : `its hash is ${digest}, not ${hash}`}); nothing of it was kept: run the command again.`,
  );

/**
 * Downloads a file beside its target, goes on where an earlier download broke off, and puts it in place once its bytes have
 * the hash that the Hub tells. It is held open from its first byte to its last: what lies at its path may by then be put in place,
 * or be another's.
 * @throws InputError if they have not; HubUnreachable if the connection breaks, and what came is kept for the next time
 */
export async function downloadFile(
  url: string,
  target: string,
  file: RepositoryFile,
  options: DownloadOptions,
): Promise<void> {
  const partial = `${target}.incomplete`;
  await mkdir(dirname(target), { recursive: true });
  let held = await openPart(partial);
  try {
    const there = held ? (await held.stat()).size : 0;
    // All of it came, and the process ended before it was put in place.
    if (held && there === file.size && (await hashPart(held, file, there)).digest('hex') === file.hash)
      return await putInPlace(held, partial, target, file);
    const { response, start } = await requestFrom(url, there < file.size ? there : 0, options);
    held ??= await open(partial, CREATE);
    const { bytes, digest } = await receive(response, held, start, file, options);
    if (bytes < file.size)
      throw new HubUnreachable(
        `The download of ${file.path} ended after ${bytes} of ${file.size} bytes; the same command goes on from there.`,
      );
    if (bytes > file.size || digest !== file.hash) {
      await rm(partial, { force: true });
      throw notListed(file, bytes, digest);
    }
    await putInPlace(held, partial, target, file);
  } finally {
    await held?.close();
  }
}
