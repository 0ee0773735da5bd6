import { createClient } from '@idlm/client';
import { encodePiece } from '@idlm/data';
import { tokenTexts } from '@idlm/recipe/text';
import {
  FREE,
  composeShapers,
  randomStream,
  sampleAll,
  suitableSampler,
  temperature,
  timeGrid,
  topK,
} from '@idlm/samplers';
import { holdToPattern, patternAutomaton, tokenAutomaton } from '@idlm/samplers/patterns';
import { toyModel } from '../../test/toy-model';
import { createServer } from '../index';

const servers: ReturnType<typeof createServer>[] = [];
afterAll(async () => {
  for (const server of servers) await server.dispose();
});

function serverOf(options: Parameters<typeof toyModel>[0] = {}) {
  const toy = toyModel(options);
  const server = createServer({ models: [toy.source, toyModel({ id: 'uniform', isUniform: true }).source] });
  servers.push(server);
  const client = createClient({
    baseUrl: 'http://toy',
    fetch: (url, init) => Promise.resolve(server.app.request(url as string, init)),
  });
  return { client, toy };
}

/** Two texts held to a pattern behind the prompt, written without a server. */
async function alone(pattern: string, prompt: string, seed: number): Promise<string[]> {
  const { family, network, tokenizer, length } = toyModel().model;
  const ids = encodePiece(tokenizer, prompt);
  const hold = holdToPattern(tokenAutomaton(patternAutomaton(pattern), await tokenTexts(tokenizer)));
  const { tokens } = await sampleAll({
    sampler: suitableSampler(family.process),
    environment: {
      ...{ denoise: network, family, timeConditioned: false, random: randomStream(seed).split('sample') },
      shape: composeShapers(hold, temperature(0.8), topK(2)),
      clamp: Int32Array.from({ length: 2 * length }, (_, at) => ids[at % length] ?? FREE),
    },
    ...{ batch: 2, length, grid: timeGrid(4) },
  });
  return [0, 1].map((row) => tokenizer.decode(tokens.subarray(row * length + ids.length, (row + 1) * length)));
}

const PATTERNS = ['[a-m]+', 'o(?:cean|range)? [a-z]*', '(?:ab|cd)*e? *'];

it('holds texts to patterns as sampling alone does, whoever else is served', async () => {
  const { client, toy } = serverOf();
  const asked = PATTERNS.flatMap((pattern) =>
    ['the ', 'sea of', 'x'].map((prompt, seed) => ({ pattern, prompt, seed })),
  );
  const free = client.complete({ model: 'toy', prompt: 'the ', n: 2, temperature: 0.8, seed: 9 });
  const answers = await Promise.all(
    asked.map((fields) => client.complete({ model: 'toy', n: 2, temperature: 0.8, top_k: 2, ...fields })),
  );
  for (const [i, { pattern, prompt, seed }] of asked.entries()) {
    const texts = answers[i]!.choices.map(({ text }) => text);
    expect(texts).toEqual(await alone(pattern, prompt, seed));
    expect(texts.filter((text) => !new RegExp(`^(?:${pattern}) *$`, 'u').test(text))).toEqual([]);
  }
  // Rows with patterns and without share calls, and change one another not.
  expect(Math.max(...toy.calls.map(({ tokens, length }) => tokens.length / length))).toBeGreaterThan(2);
  const again = await serverOf().client.complete({ model: 'toy', prompt: 'the ', n: 2, temperature: 0.8, seed: 9 });
  expect((await free).choices).toEqual(again.choices);
});

it('streams what matches in both ways, and takes in what stands around holes', async () => {
  const { client } = serverOf();
  const request = { model: 'toy', prompt: 'the ', pattern: '[a-m]+', seed: 3 };
  const [whole] = (await client.complete(request)).choices;
  let streamed = '';
  for await (const { choices } of client.stream(request)) streamed += choices.map(({ text }) => text).join('');
  expect(streamed).toBe(whole!.text);
  for await (const [row] of client.frames(request))
    if (row!.text !== undefined) expect(row!.text).toBe(whole!.text);
    else expect(row!.pieces.join('')).toMatch(/^the [a-m ]*$/);
  const { choices } = await client.complete({
    ...request,
    prompt: undefined,
    infill: ['a', { tokens: 3 }, 'z', {}, 'c'],
    pattern: '[x-z]+b*c',
    n: 3,
  });
  for (const { text } of choices) expect(text).toMatch(/^a[x-z]{3}z[x-z]*b*c$/);
});

it.each<[Readonly<Record<string, unknown>>, string]>([
  [{ pattern: '(' }, 'is none that text can be held to'],
  [{ pattern: '(?=a)b' }, 'without look-around'],
  [{ pattern: 'a{13}' }, 'No text of 12 tokens matches the pattern with what is given.'],
  [{ pattern: 'a*b', infill: [{ tokens: 2 }, 'c'] }, 'No text of 3 tokens matches'],
  [{ pattern: '[a-z]{3000}' }, 'of more than 2000 states'],
  [{ pattern: '(a{1,50}){1,50}' }, 'of 200000 transitions'],
  [{ pattern: 'a'.repeat(5000) }, 'pattern has at most 4096 characters here'],
  [{ pattern: '[a-z ]*', block: 4 }, 'leave one of them out'],
  [{ pattern: '[a-z ]*', model: 'uniform' }, 'those of models of udlm change to the end'],
  [{ pattern: 7 }, 'pattern'],
])('refuses %j in one sentence, before anything is written', async (fields, message) => {
  const { client, toy } = serverOf();
  const reading = client.stream({ model: 'toy', ...fields });
  await expect(reading.next()).rejects.toMatchObject({
    status: 400,
    body: { message: expect.stringContaining(message) as string, param: 'pattern' },
  });
  expect(toy.calls).toEqual([]);
});
