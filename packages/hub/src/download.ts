import { type Hash, createHash } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
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

/** The hash of the first bytes of a file. */
async function hashPart(path: string, file: RepositoryFile, bytes: number): Promise<Hash> {
  const hash = contentHash(file);
  if (bytes) for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Uint8Array);
  return hash;
}

/** Puts a whole file in place, unless another process that pulls it has. */
async function putInPlace(partial: string, target: string): Promise<void> {
  await rename(partial, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || !existsSync(target)) throw error;
  });
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

/** Made where it is missing, and never emptied. */
const CREATE = constants.O_RDWR | constants.O_CREAT;

/**
 * Writes an answer to a file from a byte on. Bytes go where they belong, so that processes that pull one file at once write the
 * same; at the end of the file, they would follow one another's.
 * @throws HubUnreachable if it breaks off
 */
async function receive(response: Response, path: string, from: number, file: RepositoryFile, options: DownloadOptions) {
  const target = await open(path, CREATE);
  try {
    const hash = await hashPart(path, file, from);
    let bytes = from;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > file.size) break;
      hash.update(chunk);
      await writeAll(target, chunk, bytes - chunk.length);
      options.onBytes?.(bytes);
    }
    // What was there of an earlier download may have been longer.
    if (bytes === file.size) await target.truncate(bytes);
    await target.sync();
    return { bytes, digest: hash.digest('hex') };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isInputError(error) || (error as NodeJS.ErrnoException).syscall === 'write'
      ? error
      : new HubUnreachable(
          `The download of ${file.path} broke off (${reasonOf(error)}); the same command goes on from there.`,
        );
  } finally {
    await target.close();
  }
}

/**
 * Downloads a file beside its target, goes on where an earlier download broke off, and puts it in place once its bytes have
 * the hash that the Hub tells.
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
  const there = (await stat(partial).catch(() => undefined))?.size ?? 0;
  // All of it came, and the process ended before it was put in place.
  if (there && there === file.size && (await hashPart(partial, file, there)).digest('hex') === file.hash)
    return putInPlace(partial, target);
  const wanted = there < file.size ? there : 0;
  const { response, start } = await requestFrom(url, wanted, options);
  const { bytes, digest } = await receive(response, partial, start, file, options);
  if (bytes < file.size)
    throw new HubUnreachable(
      `The download of ${file.path} ended after ${bytes} of ${file.size} bytes; the same command goes on from there.`,
    );
  if (bytes > file.size || digest !== file.hash) {
    await rm(partial, { force: true });
    throw new InputError(
      `What came of ${file.path} is not what the Hub lists (${bytes > file.size ? `more than ${file.size} bytes` : `its hash is ${digest}, not ${file.hash}`}); nothing of it was kept: run the command again.`,
    );
  }
  await putInPlace(partial, target);
}
