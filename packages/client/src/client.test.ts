import { type FramesEvent, ServerError, createClient, withEvent } from './index';

/** Answers of a server, one for each request, and what it was asked. */
function serverOf(...answers: (() => Response | Promise<Response>)[]) {
  const asked: { readonly url: string; readonly init: RequestInit }[] = [];
  const ask: typeof fetch = async (url, init) => {
    asked.push({ url: String(url), init: init! });
    return answers[asked.length - 1]!();
  };
  return { asked, client: createClient({ baseUrl: 'http://here:1/', token: 'word', fetch: ask }) };
}

/** A stream of these pieces, which breaks at its end if `breaks`. */
const streaming = (pieces: readonly string[], breaks = false) => {
  const rest = pieces.map((piece) => new TextEncoder().encode(piece));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = rest.shift();
      if (next) controller.enqueue(next);
      else if (breaks) controller.error(new TypeError('cut'));
      else controller.close();
    },
  });
  return new Response(body);
};

const event = (name: string, id: string, data: object) =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
const row = { row: 0, step: 0, t: 1, network_calls: 0 };
const snapshot = event('snapshot', '3', {
  id: 'a/b',
  rows: [{ ...row, tokens: [9, 9], pieces: [null, null], given: [] }],
});
const changes = event('changes', '4', {
  rows: [{ ...row, step: 1, t: 0.5, network_calls: 1, changes: [[1, 5, 'é']], text: 'é', finish_reason: 'stop' }],
});
const end = event('end', '4', { usage: {} });

async function gathered<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

it('asks with its token, and reads texts and models', async () => {
  const { asked, client } = serverOf(
    () => Response.json({ choices: [{ text: 'a' }] }),
    () => Response.json({ data: [{ id: 'm' }] }),
    () => new Response(null, { status: 204 }),
  );
  expect(await client.complete({ model: 'm', prompt: 'x' })).toEqual({ choices: [{ text: 'a' }] });
  expect(await client.models()).toEqual([{ id: 'm' }]);
  await client.cancel('a/b');
  expect(asked.map(({ url, init }) => [init.method, url])).toEqual([
    ['POST', 'http://here:1/v1/completions'],
    ['GET', 'http://here:1/v1/models'],
    ['DELETE', 'http://here:1/v1/frames/a%2Fb'],
  ]);
  expect(asked[0]!.init.headers).toEqual({ 'content-type': 'application/json', authorization: 'Bearer word' });
});

it('throws what a server or a proxy refuses, with when to ask again', async () => {
  const error = { message: 'busy', type: 'rate_limit_error', param: null, code: 'queue_full' };
  const { client } = serverOf(
    () => Response.json({ error }, { status: 429, headers: { 'retry-after': '7' } }),
    () => new Response('<html>', { status: 502 }),
  );
  await expect(client.models()).rejects.toEqual(new ServerError(429, error, 7));
  await expect(client.models()).rejects.toMatchObject({
    status: 502,
    message: 'The server answered with status 502.',
    retryAfter: undefined,
  });
});

it('streams parts however they are cut, up to the end', async () => {
  const chunk = (text: string) => `data: ${JSON.stringify({ choices: [{ text }] })}\n\n`;
  const whole = `: beat\n\n${chunk('é')}${chunk('b')}data: [DONE]\n\n`;
  const bytes = new TextEncoder().encode(whole);
  const body = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      }),
    );
  const { client } = serverOf(body, () => streaming([chunk('a'), 'data: {"error":{"message":"lost"}}\n\n']));
  expect(await gathered(client.stream({ model: 'm' }))).toEqual([
    { choices: [{ text: 'é' }] },
    { choices: [{ text: 'b' }] },
  ]);
  await expect(gathered(client.stream({ model: 'm' }))).rejects.toThrow('lost');
});

it('makes rows of events, without changing those before', async () => {
  const { client } = serverOf(() => streaming([snapshot, changes, end]));
  const states = await gathered(client.frames({ model: 'm' }));
  expect(states.map(([one]) => one!.pieces)).toEqual([
    [null, null],
    [null, 'é'],
  ]);
  expect(states[1]![0]).toMatchObject({
    tokens: [9, 5],
    changed: [1],
    step: 1,
    t: 0.5,
    networkCalls: 1,
    text: 'é',
    finishReason: 'stop',
  });
  expect(withEvent(states[1]!, { event: 'end', id: '', data: { usage: {} as never } } satisfies FramesEvent)).toBe(
    states[1],
  );
});

describe('a connection that is cut', () => {
  it('is taken up again behind the last event', async () => {
    const { asked, client } = serverOf(
      () => streaming([snapshot], true),
      () => Promise.reject(new TypeError('still no network')),
      () => streaming([changes, end]),
    );
    const events = await gathered(client.frameEvents({ model: 'm', retain: 9 }, { retryDelay: 0 }));
    expect(events.map(({ event: name }) => name)).toEqual(['snapshot', 'changes', 'end']);
    expect(asked.slice(1).map(({ url, init }) => [init.method, url, init.headers])).toEqual(
      Array(2).fill(['GET', 'http://here:1/v1/frames/a%2Fb', { authorization: 'Bearer word', 'last-event-id': '3' }]),
    );
  });

  it.each([
    ['nothing is retained', { model: 'm' }, 1],
    ['it stays cut', { model: 'm', retain: 9 }, 3],
  ])('fails where %s', async (_, request, times) => {
    const cut = () => Promise.reject(new TypeError('cut'));
    const { asked, client } = serverOf(() => streaming([snapshot], true), cut, cut);
    await expect(gathered(client.frames(request, { retryDelay: 0, retries: 2 }))).rejects.toThrow('cut');
    expect(asked).toHaveLength(times);
  });

  it('fails at once where the server refuses, or is not there', async () => {
    const refused = serverOf(
      () => streaming([snapshot], true),
      () => Response.json({ error: { message: 'gone' } }, { status: 404 }),
    );
    await expect(gathered(refused.client.frames({ model: 'm', retain: 9 }, { retryDelay: 0 }))).rejects.toThrow('gone');
    const absent = serverOf(() => Promise.reject(new TypeError('nobody there')));
    await expect(gathered(absent.client.frames({ model: 'm', retain: 9 }, { retryDelay: 0 }))).rejects.toThrow(
      'nobody there',
    );
  });

  it('is not taken up again once the reader has enough', async () => {
    const controller = new AbortController();
    const { asked, client } = serverOf(() => streaming([snapshot], true));
    const reader = client.frames({ model: 'm', retain: 9 }, { signal: controller.signal, retryDelay: 60_000 });
    await reader.next();
    const rest = reader.next();
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(rest).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
  });
});
