import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { tgzOf } from '../../test/archives';
import { filesOfTar } from './tar';

it('gives files of any length with their content, in order', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(fc.stringMatching(/^[a-z][a-z/]{0,40}$/), fc.string({ unit: 'grapheme', maxLength: 1500 })),
        {
          selector: ([name]) => name,
          maxLength: 5,
        },
      ),
      fc.nat(3),
      (files, before) => {
        // A view into larger memory, as a read file may be.
        const archive = Buffer.concat([Buffer.alloc(before, 1), gunzipSync(tgzOf(Object.fromEntries(files)))]);
        const found = [...filesOfTar(archive.subarray(before))];
        expect(found.map(({ name, content }) => [name, Buffer.from(content).toString()])).toEqual(files);
      },
    ),
    { numRuns: 60 },
  ));

it('gives nothing of an empty archive, and stops where one is cut off', () => {
  expect([...filesOfTar(new Uint8Array(0))]).toEqual([]);
  expect([...filesOfTar(new Uint8Array(1024))]).toEqual([]);
  const whole = gunzipSync(tgzOf({ a: 'A', b: 'B' }));
  expect([...filesOfTar(whole.subarray(0, 1024 + 100))].map(({ name }) => name)).toEqual(['a']);
});
