import fc from 'fast-check';
import { inFolder, put, useFolder } from '../../../test/corpus-files';
import { readDecoded } from './bytes';
import { MAX_ZSTD_WINDOW, zstdWindows } from './zstd-window';

useFolder();

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const little = (value: number, bytes: number) =>
  [...Buffer.from(new BigUint64Array([BigInt(value)]).buffer)].slice(0, bytes);
const block = (content: readonly number[], isLast: boolean) => [
  ...little((content.length << 3) | Number(isLast), 3),
  ...content,
];
/** A block of one byte, so often. */
const repeated = (byte: number, times: number, isLast: boolean) => [
  ...little((times << 3) | 2 | Number(isLast), 3),
  byte,
];
const letters = [...Buffer.from('the sea')];

/** Frames by hand and the window that each tells; windows are 2^(10 + n / 8) and so many eighths more. */
const FRAMES: readonly (readonly [bytes: readonly number[], window: number | undefined])[] = [
  [[...MAGIC, 0x00, 0x00, ...block(letters, true)], 1024],
  [[...MAGIC, 0x00, 0x0b, ...block(letters, false), ...repeated(0x61, 900, true)], 2048 + 3 * 256],
  // A checksum of four bytes that are a magic number themselves.
  [[...MAGIC, 0x04, 0x08, ...block(letters, true), ...MAGIC], 2048],
  // A dictionary's number, and a size of two bytes, which leaves out 256.
  [[...MAGIC, 0x43, 0x10, 1, 2, 3, 4, ...little(44, 2), ...block(letters, true)], 4096],
  [[...MAGIC, 0x20, 7, ...block(letters, true)], 7],
  [[...MAGIC, 0x60, ...little(44, 2), ...repeated(0x61, 300, true)], 300],
  [[...MAGIC, 0xa0, ...little(70_000, 4), ...repeated(0x61, 70_000, true)], 70_000],
  [[...MAGIC, 0xe1, 9, ...little(2 ** 40, 8), ...block([], true)], 2 ** 40],
  [[0x53, 0x2a, 0x4d, 0x18, ...little(4, 4), ...MAGIC], undefined],
];

it('tells the window of each frame, wherever its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...FRAMES)), fc.integer({ min: 1, max: 40 }), (frames, size) => {
      const told: number[] = [];
      const follow = zstdWindows((bytes) => told.push(bytes));
      const file = Buffer.from(frames.flatMap(([bytes]) => [...bytes]));
      for (let at = 0; at < file.length; at += size) follow(file.subarray(at, at + size));
      expect(told).toEqual(frames.flatMap(([, window]) => window ?? []));
    }),
  );
});

it('tells nothing more behind what is no frame', () => {
  const told: number[] = [];
  zstdWindows((bytes) => told.push(bytes))(Buffer.from([1, 2, 3, 4, ...FRAMES[0]![0]]));
  expect(told).toEqual([]);
});

/** A frame of an exponent and eighths, behind one of a small window. */
const asking = (exponent: number, eighths: number) =>
  Buffer.from([...FRAMES[0]![0], ...MAGIC, 0, ((exponent - 10) << 3) | eighths, ...block(letters, true)]);
const read = async (content: Buffer) => {
  let text = '';
  for await (const part of readDecoded(await put({ 'a.zst': content }, 'a.zst'))) text += part;
  return text;
};

it('unpacks a frame that asks for little, and refuses one beyond the limit before it is given any', async () => {
  expect(await read(asking(20, 7))).toBe('the seathe sea');
  for (const [exponent, eighths, bytes] of [
    [27, 1, MAX_ZSTD_WINDOW + MAX_ZSTD_WINDOW / 8],
    [30, 7, 2_013_265_920],
    [41, 0, 2 ** 41],
  ] as const)
    await expect(read(asking(exponent, eighths))).rejects.toThrow(
      `${inFolder('a.zst')} asks for a window of ${bytes} bytes to be unpacked, and at most 134217728 are given; compress it with zstd --long=27, or without --long.`,
    );
});

it('allows the window that zstd itself does, to the byte', async () => {
  expect(await read(asking(27, 0))).toBe('the seathe sea');
});
