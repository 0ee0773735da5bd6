import { readdirSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { inFolder, useFolder } from '../../test/corpus-files';
import { type Shard, shardName } from './index-file';
import { openFiles } from './open-files';
import { readingAhead } from './read-ahead';
import { type BYTES, dtypeFor, shardWriter } from './shard-writer';
import { tokenSequence } from './token-sequence';

useFolder();

type Dtype = keyof typeof BYTES;

/** Writes numbers in chunks of a size, and gives the shards. */
function write(
  numbers: ArrayLike<number>,
  { most = 100, dtype = 'uint16' as Dtype, chunk = 7, name = 'shard' } = {},
): readonly Shard[] {
  const writer = shardWriter({ folder: inFolder(), name, dtype, most });
  const all = Array.from(numbers);
  for (let at = 0; at < all.length; at += chunk) writer.add(all.slice(at, at + chunk));
  expect(writer.size).toBe(all.length);
  return writer.finish();
}

describe('shardWriter', () => {
  it('writes numbers little-endian into files of a size, the last one shorter, with their hashes', async () => {
    const shards = write([1, 2, 3, 0xabcd, 65_535], { most: 2 });
    expect(shards.map(({ file, count }) => [file, count])).toEqual([
      ['shard-00000.bin', 2],
      ['shard-00001.bin', 2],
      ['shard-00002.bin', 1],
    ]);
    const bytes = await Promise.all(shards.map(({ file }) => readFile(inFolder(file))));
    expect(Buffer.concat(bytes).toString('hex')).toBe('010002000300cdabffff');
    expect(shards.map(({ sha256 }) => sha256)).toEqual(
      bytes.map((one) => createHash('sha256').update(one).digest('hex')),
    );
    const wide = write([1, 70_000], { dtype: 'uint32', name: 'wide' });
    expect((await readFile(inFolder(wide[0]!.file))).toString('hex')).toBe('0100000070110100');
  });

  it('counts documents where they begin, also where a file ends before them', () => {
    const writer = shardWriter({ folder: inFolder(), name: 'shard', dtype: 'uint16', most: 4 });
    for (const ids of [[1, 2, 3, 4], [5], [6, 7, 8, 9]]) {
      writer.beginDocument();
      writer.add(ids);
    }
    expect(writer.finish().map(({ count, documents }) => [count, documents])).toEqual([
      [4, 1],
      [4, 2],
      [1, 0],
    ]);
  });

  it('writes no file for nothing, and none over another', async () => {
    expect(write([])).toEqual([]);
    expect(readdirSync(inFolder())).toEqual([]);
    await writeFile(inFolder('shard-00000.bin'), '');
    expect(() => write([1])).toThrow('EEXIST');
  });

  it('may be abandoned at any time', () => {
    const writer = shardWriter({ folder: inFolder(), name: 'shard', dtype: 'uint16', most: 4 });
    writer.abandon();
    writer.add([1]);
    writer.abandon();
    writer.abandon();
    expect(writer.finish()).toEqual([]);
  });

  it('takes two bytes for a token while the vocabulary allows it', () => {
    expect([257, 65_536, 65_537].map(dtypeFor)).toEqual(['uint16', 'uint16', 'uint32']);
    expect([shardName('shard', 7), shardName('held-out', 123_456)]).toEqual(['shard-00007.bin', 'held-out-123456.bin']);
  });
});

describe('tokenSequence', () => {
  it('reads any part of what was written, over as many files as it takes', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 1, max: 60 }),
          most: fc.integer({ min: 1, max: 20 }),
          chunk: fc.integer({ min: 1, max: 30 }),
          dtype: fc.constantFrom<Dtype>('uint16', 'uint32'),
        }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 3 }),
        async ({ count, most, chunk, dtype }, asked) => {
          const numbers = Array.from(
            { length: count },
            (_, i) => (i * 40_503) % (dtype === 'uint16' ? 65_536 : 4_000_000),
          );
          const shards = write(numbers, { most, chunk, dtype, name: `s${number++}` });
          const sequence = tokenSequence(inFolder(), shards, dtype);
          expect(sequence.length).toBe(count);
          for (const [from, length] of asked) {
            const start = from % (count + 1);
            const wanted = length % (count - start + 1);
            const expected = Int32Array.from(numbers.slice(start, start + wanted));
            expect(sequence.readNow(start, wanted)).toEqual(expected);
            expect(await sequence.read(start, wanted)).toEqual(expected);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('has nothing where there are no files, and nothing beyond its end', async () => {
    const none = tokenSequence(inFolder(), [], 'uint16');
    expect([none.length, none.readNow(0, 0)]).toEqual([0, new Int32Array(0)]);
    const one = tokenSequence(inFolder(), write([1, 2, 3]), 'uint16');
    expect(() => one.readNow(2, 2)).toThrow('Ids 2 … 4 of a sequence of 3 were asked for.');
    await expect(one.read(-1, 1)).rejects.toThrow('Ids -1 … 0 of a sequence of 3 were asked for.');
  });

  it('says which file was changed since it was opened', async () => {
    const shards = write([1, 2, 3, 4, 5, 6], { most: 3 });
    const sequence = tokenSequence(inFolder(), shards, 'uint16');
    await truncate(inFolder('shard-00001.bin'), 2);
    expect(sequence.readNow(0, 4)).toEqual(Int32Array.of(1, 2, 3, 4));
    const sentence = `${inFolder('shard-00001.bin')} ends early; it was changed since it was opened. Prepare the text again.`;
    expect(() => sequence.readNow(2, 3)).toThrow(sentence);
    await expect(sequence.read(4, 2)).rejects.toThrow(sentence);
  });
});

describe('openFiles', () => {
  const opened = () => readdirSync('/proc/self/fd').length;
  const files = async (count: number) => {
    const names = Array.from({ length: count }, (_, i) => inFolder(`${i}.bin`));
    for (const name of names) await writeFile(name, 'x');
    return names;
  };
  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('keeps the files that were read last open, and no more than it may', async () => {
    const names = await files(12);
    const { withFileNow, withFile } = openFiles(4);
    const before = opened();
    for (const name of names) withFileNow(name, () => 0);
    expect(opened() - before).toBe(4);
    // One that is open is read again without another descriptor.
    const descriptor = withFileNow(names[11]!, (one) => one);
    expect(withFileNow(names[11]!, (one) => one)).toBe(descriptor);
    await Promise.all(names.map((name) => withFile(name, async () => new Promise((done) => setTimeout(done, 5)))));
    expect(opened() - before).toBe(4);
  });

  it('closes none that is being read, however many these are', async () => {
    const names = await files(6);
    const { withFile, withFileNow } = openFiles(1);
    const read = names.map((name, i) =>
      withFile(name, async (descriptor) => {
        await new Promise((done) => setTimeout(done, 5 * (6 - i)));
        return descriptor;
      }),
    );
    withFileNow(names[0]!, () => 0);
    expect(new Set(await Promise.all(read)).size).toBe(6);
  });

  it('gives a file back where its reader fails, and tells of one that is not there', async () => {
    const [name] = await files(1);
    const { withFile, withFileNow } = openFiles(0);
    await expect(withFile(name!, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(() =>
      withFileNow(name!, () => {
        throw new Error('lost now');
      }),
    ).toThrow('lost now');
    expect(withFileNow(name!, () => 7)).toBe(7);
    await rm(name!);
    expect(() => withFileNow(name!, () => 7)).toThrow('ENOENT');
    await expect(withFile(inFolder('none'), async () => 7)).rejects.toThrow('ENOENT');
  });
});

describe('readingAhead', () => {
  const batchOf = (k: number) => ({ ids: Int32Array.of(k), batch: 1, length: 1 });

  it('loads the next batch beside the one that is asked for, each once where they are asked for in order', async () => {
    const loaded: number[] = [];
    const loader = readingAhead({ batch: 1, length: 1 }, async (k) => {
      loaded.push(k);
      return batchOf(k);
    });
    for (let k = 0; k < 4; k++) expect(await loader.at(k)).toEqual(batchOf(k));
    await new Promise(setImmediate);
    expect(loaded).toEqual([0, 1, 2, 3, 4]);
    expect(await loader.at(9)).toEqual(batchOf(9));
    expect(await loader.at(2)).toEqual(batchOf(2));
  });

  it('tells what cannot be read to whoever asks for it, and to nobody else', async () => {
    const loader = readingAhead({ batch: 1, length: 1 }, async (k) => {
      if (k === 1) throw new Error('batch 1 is lost');
      return batchOf(k);
    });
    expect(await loader.at(0)).toEqual(batchOf(0));
    await new Promise(setImmediate);
    await expect(loader.at(1)).rejects.toThrow('batch 1 is lost');
    expect(await loader.at(5)).toEqual(batchOf(5));
  });
});
