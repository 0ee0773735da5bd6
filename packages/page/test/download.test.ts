import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { PART, fetchFile } from '../worker/download/fetch-file';

const content = Uint8Array.from({ length: 3 * PART + 77 }, (_, i) => (i * 2_654_435_761) >>> 24);
const file = {
  path: 'models/a.onnx',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

function memoryStore() {
  const parts = new Map<string, Uint8Array>();
  return {
    parts,
    read: (key: string) => Promise.resolve(parts.get(key)),
    write: (key: string, part: Uint8Array) => Promise.resolve(void parts.set(key, part)),
    keepOnly: () => Promise.resolve(),
    clear: () => Promise.resolve(),
  };
}

/** A server of the content, that sends so many bytes at the most before the connection breaks. @returns ranges that were asked for */
function serve(bytes: Uint8Array, { most = Infinity, ranges = true } = {}): string[] {
  const asked: string[] = [];
  globalThis.fetch = ((_: URL, { headers }: { headers: { range: string } }) => {
    asked.push(headers.range);
    const [begin, end] = ranges ? /(\d+)-(\d+)/.exec(headers.range)!.slice(1).map(Number) : [0, bytes.length - 1];
    const wanted = bytes.slice(begin, end! + 1);
    const sent = wanted.subarray(0, most);
    const pieces = Array.from({ length: Math.ceil(sent.length / 100_000) }, (_, i) =>
      sent.slice(i * 100_000, (i + 1) * 100_000),
    );
    const body = new ReadableStream({
      pull(controller) {
        const piece = pieces.shift();
        if (piece) controller.enqueue(piece);
        else if (sent.length < wanted.length) controller.error(new TypeError('network error'));
        else controller.close();
      },
    });
    return Promise.resolve({ ok: true, status: ranges ? 206 : 200, body });
  }) as never;
  return asked;
}

const { fetch: own } = globalThis;
afterEach(() => void (globalThis.fetch = own));
/** Looks at bytes as a whole: one by one they take seconds. */
const expectWhole = async (store: ReturnType<typeof memoryStore>) =>
  expect(Buffer.compare(await fetchFile(file, optionsOf(store)), content)).toBe(0);
const optionsOf = (store: ReturnType<typeof memoryStore>) => ({ base: 'http://127.0.0.1/', store });

it('goes on where a download broke off, and asks for nothing that is kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: content.length - 1 }), fc.boolean(), async (most, ranges) => {
      const store = memoryStore();
      serve(content, { most, ranges });
      await expect(fetchFile(file, optionsOf(store))).rejects.toThrow(/could not be downloaded; check the connection/);
      const kept = Math.floor(most / PART);
      expect(store.parts.size).toBe(kept);
      const asked = serve(content);
      await expectWhole(store);
      expect(asked).toEqual([`bytes=${kept * PART}-${content.length - 1}`]);
      await expectWhole(store);
      expect(asked).toHaveLength(1);
    }),
    { numRuns: 8, endOnFailure: true },
  );
});

it('asks for the missing parts alone, and tells how far it is', async () => {
  const store = memoryStore();
  serve(content);
  await fetchFile(file, optionsOf(store));
  store.parts.delete(`${file.sha256}/1`);
  const [asked, told] = [serve(content), [] as number[]];
  await fetchFile(file, { ...optionsOf(store), onProgress: (loaded) => told.push(loaded) });
  expect(asked).toEqual([`bytes=${PART}-${2 * PART - 1}`]);
  expect(told[0]).toBe(content.length - PART);
  expect(told.at(-1)).toBe(content.length);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

it.each([
  ['of other bytes', content.map((byte) => byte ^ 1), /arrived damaged and was thrown away/],
  ['that is longer', Uint8Array.from([...content, 1]), /is longer than the page says/],
  ['that is shorter', content.slice(1), /broke off/],
])('refuses a file %s, and takes the right one then', async (_, wrong, sentence) => {
  const store = memoryStore();
  serve(wrong, { ranges: false });
  await expect(fetchFile(file, optionsOf(store))).rejects.toThrow(sentence);
  serve(content);
  const again = fetchFile(file, optionsOf(store));
  if (sentence.source.includes('damaged')) expect(Buffer.compare(await again, content)).toBe(0);
  // Parts of the other file are found out by the sum of all.
  else await again.catch(() => undefined).then(() => expectWhole(store));
});

it('gives an abort as it is, and the status of a refusal', async () => {
  const controller = new AbortController();
  globalThis.fetch = (() => (
    controller.abort(new Error('enough')),
    Promise.reject(controller.signal.reason as Error)
  )) as never;
  await expect(fetchFile(file, { ...optionsOf(memoryStore()), signal: controller.signal })).rejects.toThrow('enough');
  globalThis.fetch = (() => Promise.resolve({ ok: false, status: 503 })) as never;
  await expect(fetchFile(file, optionsOf(memoryStore()))).rejects.toThrow('the server answered 503');
});
