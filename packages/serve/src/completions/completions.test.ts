import { getEventListeners } from 'node:events';
import { createClient } from '@idlm/client';
import { holeLength, randomStream, sampleAll, samplers, timeGrid } from '@idlm/samplers';
import { type Toy, toyModel } from '../../test/toy-model';
import { type ServerOptions, createServer } from '../index';

function serverOf(toy: Toy = toyModel(), options: Partial<ServerOptions> = {}) {
  const { app } = createServer({ models: [toy.source], ...options });
  const post = (body: object) =>
    app.request('/v1/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const client = createClient({
    baseUrl: 'http://toy',
    fetch: (url, init) => Promise.resolve(app.request(url as string, init)),
  });
  return { app, post, client };
}

/** Texts of a request in order. */
const texts = ({ choices }: { choices: readonly { text: string }[] }) => choices.map(({ text }) => text);

it('answers in the shape of OpenAI', async () => {
  const { post } = serverOf();
  const response = await post({ model: 'toy', prompt: 'the sea', seed: 7 });
  expect(response.status).toBe(200);
  const body = await response.json();
  expect(body).toEqual({
    id: expect.stringMatching(/^cmpl-/),
    object: 'text_completion',
    created: expect.any(Number),
    model: 'toy',
    choices: [
      {
        index: 0,
        text: expect.stringMatching(/^[a-z ]{5}$/),
        finish_reason: 'length',
        logprobs: null,
        network_calls: expect.any(Number),
      },
    ],
    usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
    diffusion: { seed: 7, steps: 4, sampler: 'ancestral-cached' },
  });
});

it('writes what sampling alone writes, whoever else is served', async () => {
  const { model } = toyModel();
  const { client } = serverOf(toyModel());
  const prompts = ['the sea', 'a', 'whale x'];
  const answers = await Promise.all(
    prompts.flatMap((prompt, i) =>
      [1, 2, 3].map((seed) =>
        client.complete({ model: 'toy', prompt, n: 2, seed, steps: 2 + seed, max_tokens: 3 + i, temperature: 0.8 }),
      ),
    ),
  );
  for (const [i, prompt] of prompts.entries())
    for (const seed of [1, 2, 3]) {
      const ids = model.tokenizer.encode(prompt);
      const length = ids.length + 3 + i;
      const { tokens } = await sampleAll({
        sampler: samplers.create({ name: 'ancestral-cached' }),
        environment: {
          denoise: model.network,
          family: model.family,
          timeConditioned: false,
          random: randomStream(seed).split('sample'),
          shape: (logits) => logits.forEach((value, v) => (logits[v] = value / 0.8)),
          clamp: Int32Array.from({ length: 2 * length }, (_, at) => ids[at % length] ?? -1),
        },
        ...{ batch: 2, length, grid: timeGrid(2 + seed) },
      });
      const alone = [0, 1].map((row) =>
        model.tokenizer.decode(tokens.subarray(row * length + ids.length, (row + 1) * length)),
      );
      expect(texts(answers[3 * i + seed - 1]!)).toEqual(alone);
    }
});

it('takes prompts as texts, lists, ids and lists of ids', async () => {
  const { client } = serverOf();
  const { tokenizer } = toyModel().model;
  const ids = (text: string) => Array.from(tokenizer.encode(text));
  const of = async (prompt: string | string[] | number[] | number[][]) =>
    texts(await client.complete({ model: 'toy', prompt, seed: 1 }));
  const both = await of(['the', 'sea']);
  expect(both).toHaveLength(2);
  expect(await of([ids('the'), ids('sea')])).toEqual(both);
  expect(await of(ids('the'))).toEqual([both[0]]);
  expect(await of('the')).toEqual([both[0]]);
});

it('echoes, infills, and fills several holes', async () => {
  const { client } = serverOf();
  const plain = texts(await client.complete({ model: 'toy', prompt: 'the', seed: 1 }));
  expect(texts(await client.complete({ model: 'toy', prompt: 'the', seed: 1, echo: true }))).toEqual([
    `the${plain[0]}`,
  ]);
  const { choices, usage } = await client.complete({ model: 'toy', prompt: 'the', suffix: 'sea', max_tokens: 4 });
  expect([choices[0]!.text.length, choices[0]!.finish_reason, usage.completion_tokens]).toEqual([4, 'stop', 4]);
  const filled = await client.complete({ model: 'toy', infill: ['the', { tokens: 2 }, 'sea', { tokens: 1 }] });
  const [{ text, holes }] = filled.choices as [(typeof filled.choices)[number]];
  expect(text).toBe(`the${holes![0]}sea${holes![1]}`);
  expect(holes!.map(({ length }) => length)).toEqual([2, 1]);
});

it('finds the lengths of holes by what stands behind them, as the library does', async () => {
  const toy = toyModel({ length: 20 });
  const { client, post } = serverOf(toy);
  const { network, family, tokenizer } = toy.model;
  const environment = { denoise: network, family, random: randomStream(1), timeConditioned: false };
  const [the, sea] = ['the', 'sea'].map((text) => Array.from(tokenizer.encode(text)));
  const lengthOf = async (before: number[], behind: number[], most: number) =>
    (await holeLength(environment, { before, behind, most, window: 20 })).length;
  const first = await lengthOf(the!, sea!, 20 - 3 - 3 - 1 - 1);
  const masks = new Array<number>(first).fill(tokenizer.maskId);
  const second = await lengthOf([...the!, ...masks, ...sea!], [tokenizer.encode('a')[0]!], 3);
  expect([first, second]).not.toEqual([1, 1]);
  const filled = (holes: object[]) =>
    client.complete({ model: 'toy', seed: 4, n: 2, infill: ['the', holes[0]!, 'sea', holes[1]!, 'a'] });
  const found = await filled([{}, { max_tokens: 3 }]);
  expect(found.choices.map(({ holes }) => holes!.map(({ length }) => length))).toEqual([
    [first, second],
    [first, second],
  ]);
  const { choices } = await filled([{ tokens: first }, { tokens: second }]);
  expect(found.choices).toEqual(choices);

  const refusal = async (...infill: unknown[]) =>
    ((await (await post({ model: 'toy', infill })).json()) as { error: { message: string } }).error.message;
  expect(await refusal('sea', {})).toContain('has text behind it');
  expect(await refusal({ tokens: 2, max_tokens: 3 }, 'sea')).toContain('both were given');
  expect(await refusal({ min_tokens: 3, max_tokens: 2 }, 'sea')).toContain('3 to 2 were given');
  expect(await refusal({ min_tokens: 18 }, 'sea')).toContain('maximum context length');
});

it('lets clients at different steps of a model that reads the time share its calls', async () => {
  const written = async (timesPerRow: boolean) => {
    const toy = toyModel({ timeConditioned: true, timesPerRow, isUniform: true });
    const { client } = serverOf(toy, { limits: { batchDelay: 1000 } });
    const answers = await Promise.all(
      [5, 9].map((steps) => client.complete({ model: 'toy', prompt: 'the sea', seed: steps, steps })),
    );
    return { texts: answers.flatMap(texts), calls: toy.calls };
  };
  const [together, apart] = [await written(true), await written(false)];
  expect(together.texts).toEqual(apart.texts);
  const rowsOf = ({ calls }: Pick<Toy, 'calls'>) => calls.map(({ tokens, length }) => tokens.length / length);
  // Both begin at the same time, and stand at different ones from their first step on.
  expect(rowsOf(together).filter((rows) => rows === 2).length).toBeGreaterThanOrEqual(5);
  expect(together.calls.filter(({ times }) => times).length).toBeGreaterThanOrEqual(4);
  expect(rowsOf(apart).filter((rows) => rows === 2).length).toBeLessThanOrEqual(2);
});

it.each([false, true])('streams what it answers at once, with noise that stays open: %p', async (isUniform) => {
  const { client } = serverOf(toyModel({ isUniform, length: 24, steps: 9 }));
  const request = { model: 'toy', prompt: ['the sea', 'a'], n: 2, seed: 3, echo: true };
  const whole = await client.complete(request);
  const streamed = ['', '', '', ''];
  const reasons: (string | null)[] = [null, null, null, null];
  let [parts, usage] = [0, undefined as unknown];
  for await (const chunk of client.stream(request)) {
    for (const { index, text, finish_reason } of chunk.choices) {
      expect(reasons[index]).toBe(null);
      streamed[index] += text;
      reasons[index] = finish_reason;
      parts++;
    }
    usage = chunk.usage;
  }
  expect(streamed).toEqual(texts(whole));
  expect(reasons).toEqual(whole.choices.map(({ finish_reason }) => finish_reason));
  expect(usage).toEqual(whole.usage);
  // Masks are final once they are tokens; where noise stays open, a text comes when it is finished.
  if (isUniform) expect(parts).toBe(4 + 4);
  else expect(parts).toBeGreaterThan(8);
});

it('ends before a stop, at once or streamed, and asks the network no more than it must', async () => {
  const toy = toyModel({ length: 40, steps: 40 });
  const { client } = serverOf(toy);
  const request = { model: 'toy', prompt: 'a', seed: 5, sampler: 'first-hitting' };
  const [free] = (await client.complete(request)).choices;
  const stop = free!.text.slice(6, 8);
  const [stopped] = (await client.complete({ ...request, stop: ['no such text', stop] })).choices;
  expect(stopped).toMatchObject({ text: free!.text.slice(0, free!.text.indexOf(stop)), finish_reason: 'stop' });
  expect(stopped!.network_calls).toBeLessThanOrEqual(free!.network_calls);
  let streamed = '';
  for await (const { choices } of client.stream({ ...request, stop }))
    streamed += choices.map(({ text }) => text).join('');
  expect(streamed).toBe(stopped!.text);
});

it('shapes logits as it is asked', async () => {
  const { client } = serverOf();
  const of = async (fields: object) => texts(await client.complete({ model: 'toy', n: 4, seed: 2, ...fields }));
  const plain = await of({});
  for (const fields of [
    { temperature: 0.1 },
    { top_k: 2 },
    { top_p: 0.2 },
    { seed: 3 },
    { steps: 9 },
    { repetition_penalty: 9 },
    { no_repeat_ngram_size: 2, top_k: 2 },
  ])
    expect([fields, await of(fields)]).not.toEqual([fields, plain]);
  expect(await of({ temperature: 0 })).toEqual(await of({ top_k: 1 }));
  expect((await of({ logit_bias: { '5': 100 } })).every((text) => /^(.)\1*$/.test(text))).toBe(true);
  expect(await of({ best_of: 4, presence_penalty: 0, logprobs: null, user: 'me' })).toEqual(plain);
});

it('takes padding for no repetition', async () => {
  const toy = toyModel();
  const { tokenizer, length } = toy.model;
  const { client } = serverOf(toy);
  const padded = { model: 'toy', logit_bias: { [tokenizer.padId!]: 4.5 }, top_k: 1 };
  for (const against of [{ no_repeat_ngram_size: 2 }, { repetition_penalty: 9 }])
    expect(texts(await client.complete({ ...padded, ...against }))).toEqual([' '.repeat(length)]);
});

it.each<[Readonly<Record<string, unknown>>, number, string, string]>([
  [{ prompt: 'a' }, 400, 'you must provide a model parameter', 'model'],
  [{ model: 'none' }, 404, 'The model `none` does not exist.', 'model'],
  [{ model: 'toy', promt: 'a' }, 400, 'Unrecognized request argument supplied: promt', 'promt'],
  [{ model: 'toy', temperature: 3 }, 400, 'temperature', 'temperature'],
  [{ model: 'toy', logprobs: 2 }, 400, 'logprobs are not supported', 'logprobs'],
  [{ model: 'toy', best_of: 3 }, 400, 'best_of is not supported', 'best_of'],
  [{ model: 'toy', prompt: 'abcdefghijkl' }, 400, 'maximum context length is 12 tokens', 'prompt'],
  [{ model: 'toy', prompt: [28] }, 400, '28 is no token', 'prompt'],
  [{ model: 'toy', prompt: {} }, 400, 'prompt is a text', 'prompt'],
  [{ model: 'toy', suffix: 'sea', max_tokens: 10 }, 400, 'maximum context length', 'suffix'],
  [{ model: 'toy', infill: ['sea'] }, 400, 'infill has no hole', 'infill'],
  [{ model: 'toy', infill: [{ tokens: 1 }], prompt: 'a' }, 400, 'leave prompt out', 'prompt'],
  [{ model: 'toy', steps: 2000 }, 400, 'steps is at most 1024', 'steps'],
  [{ model: 'toy', n: -1 }, 400, 'n must be a whole number of at least 1 or null; -1 was given.', 'n'],
  [{ model: 'toy', top_p: 2 }, 400, 'top_p must be a number above 0 and at most 1 or null; 2 was given.', 'top_p'],
  [{ model: 'toy', temperature: 'a' }, 400, 'temperature must be a number of at least 0 and at most 2', 'temperature'],
  [{ model: 'toy', echo: 1 }, 400, 'echo must be true or false or null; 1 was given.', 'echo'],
  [{ model: 'toy', suffix: [] }, 400, 'suffix must be text or null; [] was given.', 'suffix'],
  [{ model: 'toy', classifier: '' }, 400, 'classifier must be text that is not empty or null', 'classifier'],
  [{ model: 'toy', prompt: [-1] }, 400, 'prompt is a text, a list', 'prompt.0'],
  [{ model: 'toy', prompt: [[]] }, 400, 'prompt is a text, a list', 'prompt.0'],
  [{ model: 'toy', infill: [{ tokns: 1 }] }, 400, 'infill is a list of texts and holes', 'infill.0'],
  [{ model: 'toy', infill: [{ tokens: 0 }] }, 400, 'infill.0.tokens must be a whole number of at', 'infill.0.tokens'],
  [{ model: 'toy', logit_bias: { a: 1 } }, 400, 'logit_bias is an object of token ids', 'logit_bias.a'],
  [{ model: 'toy', logit_bias: { '1': 101 } }, 400, 'logit_bias is an object of token ids', 'logit_bias.1'],
  [{ model: 'toy', stream_options: { usage: 1 } }, 400, 'stream_options is an object of', 'stream_options'],
  [{ model: 'toy', stop: ['a', 'b', 'c', 'd', 'e'] }, 400, 'stop is a text, or a list of at most four.', 'stop'],
  [{ model: 'toy', stop: '' }, 400, 'stop is a text, or a list of at most four.', 'stop'],
  [{ model: 'toy', n: 200 }, 400, 'at most 128 texts', 'n'],
  [{ model: 'toy', sampler: 'magic' }, 400, 'magic', 'sampler'],
  [{ model: 'toy', logit_bias: { '99': 1 } }, 400, '99 is no token', 'logit_bias'],
  [{ model: 'toy', stream_options: { include_usage: true } }, 400, 'stream_options', 'stream_options'],
])('refuses %j with %i', async (body, status, message, param) => {
  const response = await serverOf().post(body);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({
    error: {
      message: expect.stringContaining(message),
      type: 'invalid_request_error',
      param,
      code: body.model === 'none' ? 'model_not_found' : body.sampler ? 'sampler_not_found' : null,
    },
  });
});

it('refuses what is no JSON, nested too deep, and no type of it', async () => {
  const { app } = serverOf();
  const send = (type: string, body: string) =>
    app.request('/v1/completions', { method: 'POST', headers: { 'content-type': type }, body });
  expect((await send('text/plain', '{"model":"toy"}')).status).toBe(415);
  const answered = async (body: string) => (await send('application/json', body)).json();
  expect(await answered('{"model":')).toMatchObject({
    error: { message: 'We could not parse the JSON body of your request.' },
  });
  expect(await answered(`${'['.repeat(501)}${']'.repeat(501)}`)).toMatchObject({
    error: {
      message: expect.stringContaining('body of your request holds more than 500 lists and objects') as string,
    },
  });
  expect(await answered('[]')).toMatchObject({
    error: { message: 'The body of a request is a JSON object.', param: null },
  });
  expect((await app.request('/v1/nothing')).status).toBe(404);
  expect(await (await app.request('/v1/chat/completions', { method: 'POST' })).text()).toContain('know no chat');
});

it('tells of a network that fails as a fault, and goes on serving', async () => {
  let isBroken = true;
  const toy = toyModel({
    before() {
      if (isBroken) throw new Error('secret of the machine');
    },
  });
  const { post, client } = serverOf(toy);
  const response = await post({ model: 'toy' });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  await expect(async () => {
    for await (const _ of client.stream({ model: 'toy' }));
  }).rejects.toMatchObject({ status: undefined, body: { type: 'server_error' } });
  isBroken = false;
  expect((await post({ model: 'toy' })).status).toBe(200);
});

describe('whether the client leaves', () => {
  /** What listens to a request when its answer was read, or left after its first piece. */
  async function listenersAfter(asked: object, read: (answer: Response) => Promise<unknown>) {
    const { app } = serverOf();
    const text = JSON.stringify(asked);
    // Where the length is told, it is this very request that is answered, and not a copy of it.
    const headers = { 'content-type': 'application/json', 'content-length': String(text.length) };
    const request = new Request('http://toy/v1/completions', { method: 'POST', headers, body: text });
    const before = getEventListeners(request.signal, 'abort').length;
    const answer = await app.fetch(request);
    const meanwhile = getEventListeners(request.signal, 'abort').length - before;
    await read(answer);
    return [answer.status, meanwhile, getEventListeners(request.signal, 'abort').length - before];
  }

  const body = { model: 'toy', prompt: 'the sea', seed: 7 };
  const whole = (answer: Response) => answer.text();
  const left = async ({ body: stream }: Response) => {
    const reader = stream!.getReader();
    await reader.read();
    await reader.cancel();
  };

  // What listens leads to the request, which Node would then never collect.
  it.each([
    ['an answer', body, whole, [200, 0, 0]],
    ['a stream', { ...body, stream: true }, whole, [200, 1, 0]],
    ['a stream that was left', { ...body, stream: true, n: 2 }, left, [200, 1, 0]],
    ['a refusal', { ...body, n: 1000 }, whole, [400, 0, 0]],
  ])('is not listened for after %s', async (_, asked, read, seen) => {
    expect(await listenersAfter(asked, read)).toEqual(seen);
  });
});
