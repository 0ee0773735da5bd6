import { gate, toyModel } from '../../test/toy-model';
import { textsIn, until } from '../../test/until';
import { type ServerOptions, createServer } from '../index';

const body = (fields: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'toy', ...fields }),
});

function serverOf(options: Partial<ServerOptions> = {}, before?: () => Promise<void>) {
  const logged: object[] = [];
  const note = (facts: object, message: string) => void logged.push({ ...facts, message });
  const toy = toyModel({ before });
  const log = { info: note, warn: note, error: note };
  return { logged, toy, server: createServer({ models: [toy.source], log, ...options }) };
}

it('tells those who come when it is full to come again, and serves the others', async () => {
  const { passed, open } = gate();
  const { server } = serverOf({ limits: { queuedRows: 4, rowsUnderWay: 2 } }, () => passed);
  const ask = async (fields: object) => server.app.request('/v1/completions', body(fields));
  const served = [ask({ n: 3 }), ask({})];
  const refused = await server.app.request('/v1/completions', body({}));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'queue_full' } });
  open();
  expect((await Promise.all(served)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await server.app.request('/v1/completions', body({ n: 4 }))).status).toBe(200);
});

it('ends what takes too long', async () => {
  const { server } = serverOf({ limits: { seconds: 0.05 } }, () => new Promise(() => {}));
  const response = await server.app.request('/v1/completions', body({}));
  expect([response.status, await response.json()]).toMatchObject([504, { error: { code: 'timeout' } }]);
  const streamed = await server.app.request('/v1/completions', body({ stream: true }));
  expect(await streamed.text()).toMatch(/^data: \{"error":\{.*"timeout"/);
});

it('takes rows out of the batch when their client leaves', async () => {
  const { passed, open } = gate();
  const { server, toy } = serverOf({}, () => passed);
  const gone = new AbortController();
  const lost = server.app.request('/v1/completions', { ...body({ n: 5, seed: 1 }), signal: gone.signal });
  const streamed = await server.app.request('/v1/completions', body({ n: 7, seed: 1, stream: true }));
  const kept = server.app.request('/v1/completions', body({ seed: 1 }));
  await until(async () => (await textsIn(server.app)) === 13 && toy.calls.length === 1);
  gone.abort();
  await streamed.body!.cancel();
  open();
  await Promise.all([lost, kept]);
  const rows = toy.calls.map(({ tokens, length }) => tokens.length / length);
  // The first call had begun, with whoever was there.
  expect(Math.max(...rows.slice(2))).toBe(1);
  expect(await (await server.app.request('/metrics')).text()).toContain('\nidlm_texts_in_server 0\n');
});

it('gives a reader up that has stalled, and lets its texts go', async () => {
  const { server } = serverOf({ limits: { stalledSeconds: 0.05 } });
  const response = await server.app.request('/v1/completions', body({ n: 2, stream: true, steps: 200 }));
  const reader = response.body!.getReader();
  await reader.read();
  // Thrice its time, in which nothing is read.
  await new Promise((resolve) => setTimeout(resolve, 150));
  await expect(reader.read()).rejects.toThrow('read nothing');
  await until(async () => (await textsIn(server.app)) === 0);
});

it('asks for its token, but not where it tells of itself', async () => {
  const { server } = serverOf({ token: 'a-word' });
  const status = async (path: string, authorization?: string) =>
    (await server.app.request(path, authorization ? { headers: { authorization } } : {})).status;
  for (const path of ['/v1/models', '/v1/frames/x', '/metrics']) {
    expect([await status(path), await status(path, 'Bearer a-wor'), await status(path, 'a-word')]).toEqual([
      401, 401, 401,
    ]);
    expect(await status(path, 'Bearer a-word')).not.toBe(401);
  }
  expect([await status('/health'), await status('/ready')]).toEqual([200, 200]);
  expect(() => serverOf({ token: 'two words' })).toThrow('visible ASCII');
});

it('lists models, and tells which are open', async () => {
  const { server } = serverOf();
  const entry = { id: 'toy', object: 'model', owned_by: 'idlm', created: expect.any(Number) as number };
  const facts = { length: 12, steps: 4, temperature: 1, family: 'mdlm' };
  const list = async () => (await server.app.request('/v1/models')).json();
  expect(await list()).toEqual({ object: 'list', data: [{ ...entry, ...facts, loaded: false }] });
  await server.preload('toy');
  expect(await (await server.app.request('/v1/models/toy')).json()).toEqual({ ...entry, ...facts, loaded: true });
  expect((await server.app.request('/v1/models/org/other')).status).toBe(404);
});

it('refuses bodies that are too large, whether they say it or not', async () => {
  const { server } = serverOf({ limits: { bodyBytes: 100 } });
  expect((await server.app.request('/v1/completions', body({ prompt: 'a'.repeat(200) }))).status).toBe(413);
  const parts = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('a'.repeat(64))),
  });
  const { headers } = body({});
  const init = { method: 'POST', headers, body: parts, duplex: 'half' } as RequestInit;
  expect((await server.app.request('/v1/completions', init)).status).toBe(413);
});

it.each([
  ['{"model":"toy","__proto__":{"polluted":1}}', 400, 'Unrecognized request argument supplied: __proto__'],
  ['{"model":"toy","constructor":{"prototype":{}}}', 400, 'Unrecognized request argument supplied: constructor'],
  [
    `{"model":"toy","sampler":{"name":"ancestral","options":{"a":${'['.repeat(500)}${']'.repeat(500)}}}}`,
    400,
    'The JSON body of your request holds more than 500 lists and objects within one another, and is not read.',
  ],
  ['{"model":"toy","max_tokens":1e999}', 400, 'max_tokens must be '],
  [
    `{"model":"toy","seed":${'9'.repeat(400)}}`,
    400,
    'seed must be a whole number of at least 0 or null; Infinity was given.',
  ],
  ['{"model":"toy","logit_bias":{"__proto__":{"polluted":1}}}', 200, undefined],
])('refuses %s, or passes it over', async (sent, status, message) => {
  const { server } = serverOf();
  const answer = await server.app.request('/v1/completions', { ...body({}), body: sent });
  const { error } = (await answer.json()) as { error?: { message: string } };
  expect([answer.status, error?.message]).toEqual([status, message && expect.stringContaining(message)]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it('lets pages of named origins ask, and no others', async () => {
  const { server } = serverOf({ origins: ['https://a.example'] });
  const allowed = async (origin: string) =>
    (await server.app.request('/v1/models', { headers: { origin } })).headers.get('access-control-allow-origin');
  expect([await allowed('https://a.example'), await allowed('https://b.example')]).toEqual(['https://a.example', null]);
});

it('counts and logs, without the texts of anybody', async () => {
  const { server, logged } = serverOf();
  const response = await server.app.request('/v1/completions?secret=1', body({ prompt: 'private', n: 2 }));
  await response.text();
  const numbers = await (await server.app.request('/metrics')).text();
  for (const line of [
    'idlm_texts_total{model="toy",finish_reason="length"} 2',
    'idlm_tokens_total{model="toy"} 10',
    'idlm_network_call_rows_sum{model="toy"} ',
    'idlm_request_seconds_count{route="/v1/completions",status="200"} 1',
    'idlm_open_models 1',
  ])
    expect(numbers).toContain(line);
  expect(logged[0]).toMatchObject({
    method: 'POST',
    path: '/v1/completions',
    status: 200,
    id: response.headers.get('x-request-id'),
  });
  expect(JSON.stringify(logged)).not.toMatch(/private|secret/);
});

it('drains: not ready, nothing new, and what is under way ends', async () => {
  const { passed, open } = gate();
  const { server } = serverOf({}, () => passed);
  const served = server.app.request('/v1/completions', body({}));
  await until(async () => (await textsIn(server.app)) === 1);
  let isDrained = false;
  const drained = server.drain().then(() => (isDrained = true));
  expect((await server.app.request('/ready')).status).toBe(503);
  const refused = await server.app.request('/v1/completions', body({}));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(isDrained).toBe(false);
  open();
  expect((await served).status).toBe(200);
  await drained;
});
