import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Castagnoli's polynomial, bit-reversed. Written by itself: what reads event files here is to share nothing with what wrote them. */
const POLYNOMIAL = 0x82f63b78;

function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The checksum of a record. Source: TensorFlow, `lib/hash/crc32c.h`. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** The contents of a file's records. @throws Error where a reader would stop for good: a checksum that is wrong, or a half record */
function recordsOf(file: Buffer, name: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const size = at + 12 <= file.length ? Number(file.readBigUInt64LE(at)) : Infinity;
    const end = at + 12 + size;
    if (end + 4 > file.length || file.readUInt32LE(at + 8) !== masked(file.subarray(at, at + 8)))
      throw new Error(`${name} has a broken record at byte ${at} of ${file.length}`);
    if (file.readUInt32LE(end) !== masked(file.subarray(at + 12, end)))
      throw new Error(`${name} has an altered record at byte ${at}`);
    found.push(file.subarray(at + 12, end));
    at = end + 4;
  }
  return found;
}

/** A base-128 number and where it ends. */
function varint(bytes: Buffer, at: number): [value: number, end: number] {
  let [value, scale, next] = [0, 1, at];
  for (; ; scale *= 128, next++) {
    value += (bytes[next]! & 127) * scale;
    if (bytes[next]! < 128) return [value, next + 1];
  }
}

/** The step of an event that holds a summary; undefined for other events. */
function stepOf(event: Buffer): number | undefined {
  const [STEP, SUMMARY] = [2, 5];
  let [step, isSummary] = [0, false];
  for (let at = 0; at < event.length;) {
    const [tag, begin] = varint(event, at);
    const [field, type] = [tag >> 3, tag & 7];
    if (type === 0) {
      const [value, end] = varint(event, begin);
      if (field === STEP) step = value;
      at = end;
    } else if (type === 2) {
      const [size, end] = varint(event, begin);
      if (field === SUMMARY) isSummary = true;
      at = end + size;
    } else at = begin + (type === 1 ? 8 : 4);
  }
  return isSummary ? step : undefined;
}

/** The steps of all points of a run's event files, in the order in which TensorBoard reads them. @throws Error for a record that ends its reading */
export async function stepsOfEvents(folder: string): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.')).sort();
  const files = await Promise.all(names.map(async (name) => recordsOf(await readFile(join(folder, name)), name)));
  return files.flat().flatMap((event) => stepOf(event) ?? []);
}
