import { Hono } from 'hono';
import { watchRequests } from './watch-requests';

/** The reader of an answer of two bytes, a byte at a time and then no end, with the statuses that are logged and counted; `dry` is when more is waited for. */
async function readerOf(headers: Record<string, string> = {}) {
  const [logged, counted] = [[] as unknown[], [] as number[]];
  const info = (facts: object) => void logged.push((facts as { status: number }).status);
  const onRequest = (_: string, status: number) => void counted.push(status);
  const left = [Uint8Array.of(1), Uint8Array.of(2)];
  let isDry!: () => void;
  const dry = new Promise<void>((resolve) => (isDry = resolve));
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) =>
    left.length > 0 ? controller.enqueue(left.shift()!) : isDry();
  const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
  const app = new Hono().use(watchRequests({ info }, { onRequest })).get('/', () => new Response(body, { headers }));
  const answer = await app.request('/');
  return { reader: answer.body!.getReader(), logged, counted, dry };
}

it('tells once of a client that leaves while more is waited for', async () => {
  const { reader, logged, counted, dry } = await readerOf();
  await reader.read();
  await reader.read();
  const waiting = reader.read();
  await dry;
  await reader.cancel();
  await waiting;
  await new Promise((resolve) => setImmediate(resolve));
  expect([logged, counted]).toEqual([[499], [499]]);
});

it.each([
  ['all of the bytes that it was told of', '2', 200],
  ['a part of them', '3', 499],
])('knows a client that leaves with %s', async (_, told, status) => {
  const { reader, logged } = await readerOf({ 'content-length': told });
  await reader.read();
  await reader.read();
  await reader.cancel();
  expect(logged).toEqual([status]);
});
