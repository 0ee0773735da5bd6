import { type FramesEvent, type LiveRow, createClient, withEvent } from '@idlm/client';
import { type Toy, gate, toyModel } from '../../test/toy-model';
import { textsIn, until } from '../../test/until';
import { type ServerOptions, createServer } from '../index';

function serverOf(toy: Toy = toyModel(), options: Partial<ServerOptions> = {}) {
  const { app } = createServer({ models: [toy.source], ...options });
  const client = (ask: typeof fetch = (url, init) => Promise.resolve(app.request(url as string, init))) =>
    createClient({ baseUrl: 'http://toy', fetch: ask });
  return { app, client };
}

async function gathered<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const shown = ({ pieces }: LiveRow) => pieces.map((piece) => piece ?? '_').join('');

it.each([false, true])(
  'tells what changes until the texts of completions stand there, revised: %p',
  async (isUniform) => {
    const { client } = serverOf(toyModel({ isUniform, steps: 6 }));
    const request = { model: 'toy', prompt: 'sea', n: 3, seed: 4 };
    const events = await gathered(client().frameEvents(request));
    expect(events.map(({ event }) => event)).toEqual([
      'snapshot',
      ...new Array<string>(events.length - 2).fill('changes'),
      'end',
    ]);
    expect(events[0]!.data).toMatchObject({
      object: 'frames',
      model: 'toy',
      diffusion: { seed: 4, steps: 6 },
      rows: [{ given: [0, 1, 2] }, { row: 1 }, { row: 2 }],
    });
    const ids = events.map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    const states = events.reduce<(readonly LiveRow[])[]>(
      (all, event) => [...all, withEvent(all.at(-1) ?? [], event)],
      [],
    );
    expect(shown(states[0]![0]!)).toMatch(/^sea_{9}$/);
    const { choices, usage } = await client().complete(request);
    for (const [row, { text, finish_reason, network_calls }] of choices.entries())
      expect(states.at(-1)![row]).toMatchObject({ text, finishReason: finish_reason, networkCalls: network_calls });
    expect(states.at(-1)!.map(shown)).toEqual(choices.map(({ text }) => `sea${text}`));
    expect(events.at(-1)!.data).toEqual({ usage });
    expect((await gathered(client().frames(request))).at(-1)!.map(shown)).toEqual(states.at(-1)!.map(shown));
  },
);

it('tells a slow reader several steps in one event', async () => {
  const toy = toyModel({ steps: 50, length: 40 });
  const { app, client } = serverOf(toy);
  const reader = client().frameEvents({ model: 'toy', sampler: 'ancestral' });
  const events: FramesEvent[] = [(await reader.next()).value as FramesEvent];
  for (let next = await reader.next(); !next.done; next = await reader.next()) {
    events.push(next.value);
    const seen = toy.calls.length;
    await until(async () => toy.calls.length >= seen + 5 || (await textsIn(app)) === 0);
  }
  expect(events.length).toBeLessThan(20);
  const last = events.reduce<readonly LiveRow[]>(withEvent, []);
  expect(shown(last[0]!)).toBe(last[0]!.text);
});

describe('a cut connection', () => {
  /** A way to ask whose first connection breaks after its first event. */
  function cutOnce(app: ReturnType<typeof serverOf>['app'], onCut: () => void): typeof fetch {
    let isCut = false;
    return async (url, init) => {
      const response = await app.request(url as string, init);
      if (isCut) return response;
      isCut = true;
      const reader = response.body!.getReader();
      let parts = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (parts++ === 0) return controller.enqueue((await reader.read()).value!);
          await reader.cancel();
          onCut();
          controller.error(new TypeError('the network failed'));
        },
      });
      return new Response(body, response);
    };
  }

  it('is taken up again where it was retained', async () => {
    const { passed, open } = gate();
    const { app, client } = serverOf(toyModel({ before: () => passed, steps: 6 }));
    const request = { model: 'toy', seed: 2, n: 2, retain: 5 };
    const rows = await gathered(client(cutOnce(app, open)).frames(request, { retryDelay: 1 }));
    const whole = await client().complete({ model: 'toy', seed: 2, n: 2 });
    expect(rows.at(-1)!.map(({ text }) => text)).toEqual(whole.choices.map(({ text }) => text));
  });

  it('ends the writing where it was not', async () => {
    const { passed, open } = gate();
    const toy = toyModel({ before: () => passed, steps: 12, length: 40 });
    const { app, client } = serverOf(toy);
    const reading = gathered(client(cutOnce(app, open)).frames({ model: 'toy', seed: 2 }, { retryDelay: 1 }));
    await expect(reading).rejects.toThrow('the network failed');
    await until(async () => (await textsIn(app)) === 0);
    expect(toy.calls.length).toBeLessThanOrEqual(1);
  });
});

describe('a retained writing', () => {
  afterEach(() => void jest.useRealTimers());
  const begin = async ({ app }: ReturnType<typeof serverOf>, body: object) =>
    app.request('/v1/frames', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'toy', ...body }),
    });
  const idOf = (text: string) => /"id":"([^"]+)"/.exec(text)![1]!;

  it('is told again to whoever names no last event, or another, and not to who has seen all', async () => {
    const server = serverOf();
    const text = await (await begin(server, { seed: 1, retain: 5 })).text();
    const last = /id: (\d+)\n(?!.*id: )/s.exec(text)![1]!;
    const path = `/v1/frames/${idOf(text)}`;
    const again = async (headers?: Record<string, string>) => (await server.app.request(path, { headers })).text();
    expect(await again()).toMatch(/^event: snapshot\n.*\nevent: end\n/s);
    expect(await again({ 'last-event-id': '1' })).toMatch(/^event: snapshot\n/);
    expect(await again({ 'last-event-id': last })).toMatch(/^event: end\n/);
    expect((await server.app.request(path, { method: 'DELETE' })).status).toBe(204);
    expect((await server.app.request(path)).status).toBe(404);
    expect((await server.app.request(path, { method: 'DELETE' })).status).toBe(404);
  });

  it('is forgotten after its time, and at once where none was asked for', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const server = serverOf();
    const [kept, gone] = [await begin(server, { retain: 5 }), await begin(server, {})];
    const paths = await Promise.all([kept, gone].map(async (one) => `/v1/frames/${idOf(await one.text())}`));
    const status = async (path: string) => {
      const { status: found, body } = await server.app.request(path);
      await body?.cancel();
      return found;
    };
    expect(await status(paths[1]!)).toBe(404);
    // Whoever looks begins the time anew.
    for (let look = 0; look < 2; look++) {
      jest.advanceTimersByTime(4999);
      expect(await status(paths[0]!)).toBe(200);
    }
    jest.advanceTimersByTime(5000);
    expect(await status(paths[0]!)).toBe(404);
    expect((await begin(server, { retain: 61 })).status).toBe(400);
  });
});

it('can be cancelled by its reader, and fails in words', async () => {
  const toy = toyModel({
    before({ length }) {
      if (length === 12) throw new Error('secret');
    },
  });
  const { client } = serverOf(toy);
  await expect(gathered(client().frames({ model: 'toy' }))).rejects.toMatchObject({ body: { type: 'server_error' } });
  const controller = new AbortController();
  const reader = client().frames({ model: 'toy', max_tokens: 5 }, { signal: controller.signal });
  await reader.next();
  controller.abort(new Error('enough'));
  await expect(gathered(reader)).rejects.toThrow('enough');
});
