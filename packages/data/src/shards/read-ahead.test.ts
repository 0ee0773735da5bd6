import type { Batch } from '../loaders/loader';
import { readingAhead } from './read-ahead';

/** Batches that are read when the test says so, in the order in which they were asked for. */
function source() {
  const asked: number[] = [];
  const ends = new Map<number, { readonly give: () => void; readonly fail: (error: Error) => void }>();
  const load = (k: number): Promise<Batch> => {
    asked.push(k);
    return new Promise((resolve, reject) => {
      const give = () => resolve({ ids: Int32Array.of(k), batch: 1, length: 1 });
      ends.set(k, { give, fail: reject });
    });
  };
  return { asked, ends, load };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('readingAhead', () => {
  it('reads the next batch once the one that was asked for is there, and hands it out when it is asked for', async () => {
    const { asked, ends, load } = source();
    const loader = readingAhead({ batch: 1, length: 1 }, load);
    expect([loader.batch, loader.length]).toEqual([1, 1]);
    const first = loader.at(0);
    await settled();
    expect(asked).toEqual([0]);
    ends.get(0)!.give();
    expect((await first).ids).toEqual(Int32Array.of(0));
    await settled();
    expect(asked).toEqual([0, 1]);
    const second = loader.at(1);
    ends.get(1)!.give();
    expect((await second).ids).toEqual(Int32Array.of(1));
    await settled();
    expect(asked).toEqual([0, 1, 2]);
  });

  it('reads anew where another batch is asked for than the next, as a resumed run does', async () => {
    const { asked, ends, load } = source();
    const loader = readingAhead({ batch: 1, length: 1 }, load);
    const first = loader.at(0);
    ends.get(0)!.give();
    await first;
    await settled();
    const far = loader.at(7);
    ends.get(7)!.give();
    expect((await far).ids).toEqual(Int32Array.of(7));
    await settled();
    expect(asked).toEqual([0, 1, 7, 8]);
  });

  it('tells that a batch cannot be read to whoever asks for it, and to nobody before', async () => {
    const { ends, load } = source();
    const loader = readingAhead({ batch: 1, length: 1 }, load);
    const first = loader.at(0);
    ends.get(0)!.give();
    await first;
    await settled();
    ends.get(1)!.fail(new Error('the disk is gone'));
    await settled();
    await expect(loader.at(1)).rejects.toThrow('the disk is gone');
    // Nothing was read behind what could not be.
    expect([...ends.keys()]).toEqual([0, 1]);
  });
});
