import fc from 'fast-check';
import { inPieces } from '../../test/archives';
import { type InstallProgress, megabytes, watched } from './progress';

async function watch(size: number, piece: number, total: number) {
  const told: InstallProgress[] = [];
  const passed: Uint8Array[] = [];
  const bytes = Uint8Array.from({ length: size }, (_, i) => i);
  for await (const chunk of watched(inPieces(bytes, piece), total, 'Downloading x', (one) => told.push(one)))
    passed.push(chunk);
  expect(Buffer.concat(passed)).toEqual(Buffer.from(bytes));
  return told;
}

it('passes all bytes on, and tells of each hundredth at most once, up to the last byte', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 500 }), async (size, piece) => {
      const told = await watch(size, piece, size);
      const hundredths = told.map(({ received }) => Math.floor((100 * received!) / size));
      expect(hundredths).toEqual([...new Set(hundredths)].sort((a, b) => a - b));
      expect(told.at(-1)).toEqual({ message: 'Downloading x', received: size, total: size });
    }),
  ));

it('goes on where the size is unknown, too small, or there is nothing', async () => {
  expect(await watch(10, 2, 0)).toEqual([{ message: 'Downloading x', received: 2, total: 0 }]);
  expect((await watch(10, 5, 4)).map(({ received }) => received)).toEqual([5, 10]);
  expect(await watch(0, 1, 10)).toEqual([]);
});

it.each([
  [0, '0 MB'],
  [499_999, '0 MB'],
  [251_795_484, '252 MB'],
  [999_499_999, '999 MB'],
  [999_500_000, '1.0 GB'],
  [1e9, '1.0 GB'],
  [2_345_678_901, '2.3 GB'],
])('%i bytes are %s', (bytes, expected) => expect(megabytes(bytes)).toBe(expected));

it('never says a thousand megabytes', () =>
  fc.assert(fc.property(fc.nat(2e9), (bytes) => expect(megabytes(bytes)).not.toMatch(/^\d{4}/))));
