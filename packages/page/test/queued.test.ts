import { paced } from '../browser/view/pace';
import { queued } from '../browser/writing/queued';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

it('gives all that was told, before and while it is read, and ends', async () => {
  const found = all(
    queued<number>(async (tell) => {
      tell(1);
      await new Promise((resolve) => setTimeout(resolve));
      tell(2);
      tell(3);
    }),
  );
  expect(await found).toEqual([1, 2, 3]);
});

it('gives what came before a failure, and fails', async () => {
  const found: number[] = [];
  const failing = queued<number>((tell) => {
    tell(1);
    return Promise.reject(new Error('no more'));
  });
  await expect(
    (async () => {
      for await (const one of failing) found.push(one);
    })(),
  ).rejects.toThrow('no more');
  expect(found).toEqual([1]);
});

describe('a pace', () => {
  async function* three() {
    yield* [1, 2, 3];
  }
  afterEach(() => void jest.useRealTimers());

  it('keeps items apart, and the first one waits for nothing', async () => {
    jest.useFakeTimers();
    const items = paced(three(), 100, new AbortController().signal);
    expect((await items.next()).value).toBe(1);
    let second: unknown;
    void items.next().then(({ value }) => (second = value));
    await jest.advanceTimersByTimeAsync(99);
    expect(second).toBeUndefined();
    await jest.advanceTimersByTimeAsync(2);
    expect(second).toBe(2);
    await items.return();
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const found: number[] = [];
    for await (const item of paced(three(), 1e6, controller.signal)) {
      found.push(item);
      controller.abort();
    }
    expect(found).toEqual([1]);
  });
});
