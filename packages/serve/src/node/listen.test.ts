import { Agent, type IncomingMessage, get } from 'node:http';
import { type Socket, connect } from 'node:net';
import { once } from 'node:events';
import OpenAI from 'openai';
import { createClient } from '@idlm/client';
import { gate, toyModel } from '../../test/toy-model';
import { textsIn, until } from '../../test/until';
import { type Listening, SILENT, type TextServer, createServer, listen } from '../index';

let server: TextServer;
let listening: Listening;
/** One that waits for no client, and one that waits for a request only. */
let [hasty, patient]: Listening[] = [];
let before: () => Promise<void> = () => Promise.resolve();
const toy = toyModel({ length: 40, steps: 8, before: () => before() });

beforeAll(async () => {
  const serverOf = () => createServer({ models: [toy.source], token: 'word' });
  server = serverOf();
  listening = await listen(server, { port: 0 });
  hasty = await listen(serverOf(), { port: 0, headSeconds: 0.3, requestSeconds: 0.6 });
  patient = await listen(serverOf(), { port: 0, idleSeconds: 0.3 });
});
afterAll(async () => void (await Promise.all([listening, hasty!, patient!].map((one) => one.close(0)))));

const inServer = (): Promise<number> => textsIn(server.app, { authorization: 'Bearer word' });

describe("OpenAI's own client", () => {
  const openai = () => new OpenAI({ baseURL: `${listening.url}/v1`, apiKey: 'word', maxRetries: 0 });

  it('lists models, and gets texts', async () => {
    const models = [];
    for await (const { id } of openai().models.list()) models.push(id);
    expect(models).toEqual(['toy']);
    const { choices, usage } = await openai().completions.create({
      model: 'toy',
      prompt: ['the', 'sea'],
      n: 2,
      seed: 1,
      max_tokens: 5,
    });
    expect(choices.map(({ text, finish_reason, index }) => [text.length, finish_reason, index])).toEqual(
      [0, 1, 2, 3].map((index) => [5, 'length', index]),
    );
    expect(usage).toEqual({ prompt_tokens: 6, completion_tokens: 20, total_tokens: 26 });
  });

  it('streams texts', async () => {
    const request = { model: 'toy', prompt: 'the', seed: 1 } as const;
    const whole = await openai().completions.create(request);
    const parts = await openai().completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let [text, usage] = ['', undefined as unknown];
    for await (const part of parts) {
      text += part.choices.map((choice) => choice.text).join('');
      usage = part.usage ?? usage;
    }
    expect([text, usage]).toEqual([whole.choices[0]!.text, whole.usage]);
  });

  it('throws its own errors', async () => {
    await expect(openai().completions.create({ model: 'none', prompt: '' })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    await expect(openai().completions.create({ model: 'toy', prompt: '', n: 1000 })).rejects.toMatchObject({
      status: 400,
      param: 'n',
    });
    const stranger = new OpenAI({ baseURL: `${listening.url}/v1`, apiKey: 'other', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('stops what it writes when it is told to', async () => {
    const { passed, open } = gate();
    before = () => passed;
    const parts = await openai().completions.create({ model: 'toy', prompt: 'a', n: 3, stream: true });
    expect(await inServer()).toBe(3);
    parts.controller.abort();
    await until(async () => (await inServer()) === 0);
    open();
    before = () => Promise.resolve();
  });
});

it('follows frames over a socket, and takes them up again', async () => {
  const client = createClient({ baseUrl: listening.url, token: 'word' });
  let last: readonly { readonly text?: string }[] = [];
  for await (const rows of client.frames({ model: 'toy', seed: 1, n: 2, retain: 1 })) last = rows;
  const { choices } = await client.complete({ model: 'toy', seed: 1, n: 2 });
  expect(last.map(({ text }) => text)).toEqual(choices.map(({ text }) => text));
});

it('stops writing for a client whose connection breaks before its answer', async () => {
  const { passed, open } = gate();
  before = () => passed;
  const controller = new AbortController();
  const answer = createClient({ baseUrl: listening.url, token: 'word' }).complete({ model: 'toy', n: 4 }, controller);
  await until(async () => (await inServer()) === 4);
  controller.abort();
  await expect(answer).rejects.toThrow('abort');
  await until(async () => (await inServer()) === 0);
  open();
  before = () => Promise.resolve();
});

describe('clients that cost time', () => {
  /** What a connection that sends these pieces is answered until it is closed by the server. */
  async function answered({ port }: Listening, pieces: readonly string[]): Promise<string> {
    const socket: Socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    for (const piece of pieces) socket.write(piece);
    await closed;
    return text;
  }

  const head = (length: number) =>
    `POST /v1/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer word\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  const late =
    /^HTTP\/1\.1 408 Request Timeout\r\n[^]*"message":"The request took too long to arrive; send it at once\."/;
  it.each([
    ['send no request', [], late],
    ['send half a head', ['GET /v1/models HTTP/1.1\r\nHost:'], late],
    ['send half a body', [head(100), '{"model":'], late],
    [
      'send garbage',
      ['\u0000\u0001 nonsense\r\n\r\n'],
      /^HTTP\/1\.1 400 Bad Request\r\n[^]*"message":"The request is no HTTP/,
    ],
    [
      'send long headers',
      [`GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
      /^HTTP\/1\.1 431 [^]*"message":"The headers/,
    ],
    [
      'name no host',
      ['GET /health HTTP/1.1\r\nHost: ///\r\nConnection: close\r\n\r\n'],
      /^HTTP\/1\.1 400 [^]*"message":"The address/,
    ],
    ['name none', ['GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'], /^HTTP\/1\.1 400 [^]*"message":"The address/],
    [
      'hold the line after an answer',
      ['GET /health HTTP/1.1\r\nHost: a\r\n\r\n'],
      /^HTTP\/1\.1 200 OK\r\n[^]*\{"status":"ok"\}/,
    ],
  ])('are closed that %s', async (_, pieces, told) =>
    expect(await answered(told === late ? hasty! : patient!, pieces)).toMatch(told),
  );

  it('are no fault where they leave half a body, also one in chunks', async () => {
    const faults: object[] = [];
    const other = createServer({ models: [toy.source], log: { ...SILENT, error: (facts) => faults.push(facts) } });
    const { port, close } = await listen(other, { port: 0 });
    for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        `POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${framing}\r\n\r\n5\r\n{"mod`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      await once(socket, 'close');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    await close(0);
    expect(faults).toEqual([]);
  });
});

it('says why it cannot listen', async () => {
  await expect(listen(server, { port: listening.port })).rejects.toThrow(
    `127.0.0.1:${listening.port} cannot be listened at: another program listens there; choose another port.`,
  );
  await expect(listen(server, { host: '192.0.2.1', port: 0 })).rejects.toThrow('this machine has no such address');
  await expect(listen(server, { port: 65_536 })).rejects.toThrow('ports are whole numbers from 0 to 65535.');
});

it('lets what is under way end, and cuts what does not', async () => {
  const { passed, open } = gate();
  const slow = toyModel({ before: () => passed });
  const serve = async () => listen(createServer({ models: [slow.source] }), { port: 0 });
  const [patient, impatient] = [await serve(), await serve()];
  const ask = async ({ url }: Listening) => createClient({ baseUrl: url }).complete({ model: 'toy', seed: 1 });
  const [kept, cut] = [ask(patient), ask(impatient)];
  const failed = expect(cut).rejects.toThrow();
  await until(async () => slow.calls.length === 2);
  await impatient.close(0.05);
  await failed;
  const closed = patient.close(30);
  open();
  expect((await kept).choices).toHaveLength(1);
  await closed;
  await expect(fetch(`${patient.url}/ready`)).rejects.toThrow();
});

it('says on kept and new connections that it takes no more requests, until what is under way has ended', async () => {
  const { passed, open } = gate();
  const slow = toyModel({ before: () => passed });
  const { url, close } = await listen(createServer({ models: [slow.source] }), { port: 0 });
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const ready = async (agent?: Agent) => {
    const [answer] = (await once(get(`${url}/ready`, { agent }), 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return [answer.statusCode, answer.headers.connection];
  };
  expect(await ready(kept)).toEqual([200, 'keep-alive']);
  const client = createClient({ baseUrl: url });
  const underWay = client.complete({ model: 'toy', seed: 1 });
  await until(async () => slow.calls.length === 1);
  const closed = close(30);
  expect(await ready(kept)).toEqual([503, 'close']);
  expect(await ready(new Agent())).toEqual([503, 'close']);
  await expect(client.complete({ model: 'toy', seed: 2 })).rejects.toMatchObject({ status: 503 });
  open();
  expect((await underWay).choices).toHaveLength(1);
  await closed;
  kept.destroy();
});
