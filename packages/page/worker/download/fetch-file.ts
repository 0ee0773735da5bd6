import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { PageFile } from '../../src/manifest';
import { Fault } from '../fault';
import type { PartStore } from './part-store';

/** Bytes of a part: what a broken download loses at the most. */
export const PART = 2 ** 19;

/** How a file is fetched. */
export interface FetchOptions {
  /** Address that the paths of files lie under. */
  readonly base: string;
  readonly store: PartStore;
  /** Is told how many of its bytes are here. */
  readonly onProgress?: (loaded: number) => void;
  readonly signal?: AbortSignal;
}

/** A file that is being put together, and which of its bytes are still to come. */
interface Assembly {
  readonly file: PageFile;
  readonly bytes: Uint8Array;
  loaded: number;
}

const keyOf = (file: PageFile, part: number): string => `${file.sha256}/${part}`;

const lengthOf = (file: PageFile, part: number): number => Math.min(PART, file.bytes - part * PART);

const partsOf = (file: PageFile): number[] => Array.from({ length: Math.ceil(file.bytes / PART) }, (_, part) => part);

/** Puts what is kept into its place. @returns the parts that are missing */
async function takeKept({ file, bytes }: Assembly, { store }: FetchOptions): Promise<number[]> {
  const missing: number[] = [];
  for (const part of partsOf(file)) {
    const kept = await store.read(keyOf(file, part));
    if (kept?.length === lengthOf(file, part)) bytes.set(kept, part * PART);
    else missing.push(part);
  }
  return missing;
}

/** Keeps the parts that are whole once `end` bytes of an answer that began at `begin` are here. */
async function keepWhole(
  { file, bytes }: Assembly,
  { store }: FetchOptions,
  begin: number,
  end: number,
): Promise<void> {
  for (let part = begin / PART; part < Math.ceil(file.bytes / PART); part++) {
    const stop = part * PART + lengthOf(file, part);
    if (stop > end) return;
    await store.write(keyOf(file, part), bytes.slice(part * PART, stop));
  }
}

/** Reads an answer into its place, part after part. @throws Fault if it is longer or shorter than what was asked for */
async function readInto(
  assembly: Assembly,
  options: FetchOptions,
  body: ReadableStream<Uint8Array>,
  begin: number,
  end: number,
) {
  const { file, bytes } = assembly;
  let [at, kept] = [begin, begin];
  const reader = body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    if (at + value!.length > end)
      throw new Fault('download', `${file.path} is longer than the page says; it was exchanged while it was fetched.`);
    bytes.set(value!, at);
    at += value!.length;
    assembly.loaded += value!.length;
    options.onProgress?.(Math.min(assembly.loaded, file.bytes));
    const whole = Math.floor(at / PART) * PART;
    if (whole > kept) await keepWhole(assembly, options, kept, whole);
    kept = Math.max(kept, whole);
  }
  if (at < end) throw new Fault('download', `The download of ${file.path} broke off; what has arrived is kept.`);
  await keepWhole(assembly, options, kept, end);
}

/** Runs of parts that follow one another, as their first and last. */
function runsOf(parts: readonly number[]): (readonly [number, number])[] {
  const starts = parts.filter((part, i) => part - 1 !== parts[i - 1]);
  const ends = parts.filter((part, i) => part + 1 !== parts[i + 1]);
  return starts.map((start, i) => [start, ends[i]!] as const);
}

/** Asks for a run of parts; a server that knows no ranges gives all. @returns whether it gave all */
async function fetchRun(
  assembly: Assembly,
  options: FetchOptions,
  [first, last]: readonly [number, number],
): Promise<boolean> {
  const { file } = assembly;
  const [begin, end] = [first * PART, last * PART + lengthOf(file, last)];
  const range = { range: `bytes=${begin}-${end - 1}` };
  const response = await fetch(new URL(file.path, options.base), { headers: range, signal: options.signal });
  if (!response.ok || !response.body)
    throw new Fault('download', `${file.path} could not be downloaded: the server answered ${response.status}.`);
  const isWhole = response.status !== 206;
  if (isWhole) {
    assembly.loaded = 0;
    await readInto(assembly, options, response.body, 0, file.bytes);
  } else await readInto(assembly, options, response.body, begin, end);
  return isWhole;
}

/** @throws Fault in the place of what `fetch` and streams throw where there is no network */
async function fetchMissing(assembly: Assembly, options: FetchOptions, missing: readonly number[]): Promise<void> {
  try {
    for (const run of runsOf(missing)) if (await fetchRun(assembly, options, run)) return;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof Fault) throw error;
    throw new Fault('download', `${assembly.file.path} could not be downloaded; check the connection and try again.`);
  }
}

/**
 * A file of the page, whole: parts that are kept from before are taken, the others asked for by ranges and kept as they arrive, so
 * that a download that broke off goes on where it was.
 * @throws Fault where it cannot be downloaded, or is not what the page says; the signal's reason when aborted
 */
export async function fetchFile(file: PageFile, options: FetchOptions): Promise<Uint8Array> {
  const assembly: Assembly = { file, bytes: new Uint8Array(file.bytes), loaded: 0 };
  const missing = await takeKept(assembly, options);
  assembly.loaded = file.bytes - missing.reduce((sum, part) => sum + lengthOf(file, part), 0);
  options.onProgress?.(assembly.loaded);
  await fetchMissing(assembly, options, missing);
  if (bytesToHex(sha256(assembly.bytes)) === file.sha256) return assembly.bytes;
  for (const part of partsOf(file)) await options.store.write(keyOf(file, part), new Uint8Array(0));
  throw new Fault('download', `${file.path} arrived damaged and was thrown away; try again.`);
}
