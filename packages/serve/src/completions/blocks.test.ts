import { type LiveRow, createClient } from '@idlm/client';
import { FREE, randomStream, sampleAllBlocks, suitableSampler, timeGrid } from '@idlm/samplers';
import { toyModel } from '../../test/toy-model';
import { createServer, ownModel } from '../index';
import type { ServedModel } from '../models/served-model';

function clientOf(model: ServedModel, limits = {}) {
  const { app } = createServer({ models: [ownModel('toy', model)], limits });
  return createClient({
    baseUrl: 'http://toy',
    fetch: (url, init) => Promise.resolve(app.request(url as string, init)),
  });
}

/** Texts in blocks that are written without a server, with their prompts. */
async function alone(
  model: ServedModel,
  prompt: string,
  {
    length,
    block,
    steps,
    seed,
    batch,
    spacing,
  }: {
    readonly length: number;
    readonly block: number;
    readonly steps: number;
    readonly seed: number;
    readonly batch: number;
    readonly spacing?: readonly number[];
  },
): Promise<string[]> {
  const { family, rowStart, tokenizer, network } = model;
  const begun = [...(rowStart === undefined ? [] : [rowStart]), ...tokenizer.encode(prompt)];
  const width = length + (rowStart === undefined ? 0 : 1);
  const clamp = Int32Array.from({ length: batch * width }, (_, at) => begun[at % width] ?? FREE);
  const { tokens } = await sampleAllBlocks({
    sampler: suitableSampler(family.process),
    environment: {
      denoise: network,
      family,
      timeConditioned: false,
      random: randomStream(seed).split('sample'),
      clamp,
    },
    ...{ batch, length: width, block, window: model.length + width - length, grid: timeGrid(steps, { spacing }) },
  });
  return Array.from({ length: batch }, (_, row) =>
    tokenizer.decode(tokens.subarray((row + 1) * width - length, (row + 1) * width)),
  );
}

const [masked, uniform] = [false, true].map((isUniform) => toyModel({ isUniform }).model) as [ServedModel, ServedModel];

it.each<[string, ServedModel]>([
  ['with masks', masked],
  ['of uniform noise', uniform],
  ['behind a token before every row', { ...masked, rowStart: 3 }],
])('writes in blocks beyond what the model reads what sampling alone writes, %s', async (_, model) => {
  const client = clientOf(model);
  const requests = [
    { prompt: 'the sea', block: 5, max_tokens: 33, steps: 3, seed: 1 },
    { prompt: 'a', block: 4, max_tokens: 21, steps: 5, seed: 2, spacing: [1, 0.9, 0.2, 0.1, 0.05, 0] },
    { prompt: 'a whale of the sea', block: 12, max_tokens: 12, steps: 2, seed: 3 },
  ];
  const answers = await Promise.all(
    requests.map((request) => client.complete({ model: 'toy', n: 3, echo: true, ...request })),
  );
  for (const [i, { prompt, max_tokens, ...request }] of requests.entries()) {
    const length = prompt.length + max_tokens;
    const { choices, diffusion } = answers[i]!;
    expect(choices.map(({ text }) => text)).toEqual(await alone(model, prompt, { ...request, length, batch: 3 }));
    expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(Array(3).fill('length'));
    expect(diffusion).toMatchObject({ block: request.block, steps: request.steps });
  }
});

it.each([
  ['masks', masked],
  ['uniform noise', uniform],
])('streams each block when it is finished, and its frames, with %s', async (_, model) => {
  const client = clientOf(model);
  const request = { model: 'toy', prompt: 'the', block: 5, max_tokens: 27, seed: 4, steps: 3, n: 2 };
  const { choices } = await client.complete(request);
  const streamed = ['', ''];
  const lengths: number[] = [];
  for await (const chunk of client.stream(request))
    for (const { index, text } of chunk.choices) {
      streamed[index] += text;
      if (index === 0) lengths.push(streamed[0]!.length);
    }
  expect(streamed).toEqual(choices.map(({ text }) => text));
  // The prompt takes three of the first block's five tokens.
  expect([2, 7, 12, 17, 22, 27].filter((end) => !lengths.includes(end))).toEqual([]);
  const rows: (readonly LiveRow[])[] = [];
  for await (const state of client.frames(request)) rows.push(state);
  expect(rows[0]![0]!.pieces.join('')).toBe('the');
  expect(rows.at(-1)!.map(({ pieces }) => pieces.join(''))).toEqual(choices.map(({ text }) => `the${text}`));
  const steps = rows.map(([row]) => row!.step);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  // The last block may be finished before its last step.
  expect(steps.at(-1)).toBeGreaterThan(5 * 3);
});

it('ends before a stop in the block that holds it, and writes no further ones', async () => {
  const client = clientOf(masked);
  const request = { model: 'toy', block: 6, max_tokens: 60, seed: 5, steps: 2 };
  const [free] = (await client.complete(request)).choices;
  const stop = free!.text.slice(14, 17);
  const [stopped] = (await client.complete({ ...request, stop })).choices;
  expect(stopped).toMatchObject({ text: free!.text.slice(0, free!.text.indexOf(stop)), finish_reason: 'stop' });
  expect(stopped!.network_calls).toBeLessThan(free!.network_calls / 2);
});

it('ends a row behind which the model reads nothing but what fills rows up', async () => {
  const { maskId } = masked.tokenizer;
  // Writes letters within the first eight tokens, and spaces behind.
  const denoise: ServedModel['network']['denoise'] = async ({ tokens, length, positions }) => {
    const logits = new Float32Array(positions.length * (maskId + 1));
    positions.forEach((position, n) => {
      const before = tokens.subarray(position - (position % length), position).filter((token) => token !== maskId);
      const isOver = before.length >= 8 || before.at(-1) === 0;
      logits[n * (maskId + 1) + (isOver ? 0 : 5)] = 99;
    });
    return logits;
  };
  const client = clientOf({ ...masked, network: { denoise }, padId: 0, length: 12 });
  const request = { model: 'toy', block: 1, steps: 1, max_tokens: 200, seed: 1 };
  const [choice] = (await client.complete(request)).choices;
  expect(choice).toMatchObject({ text: 'eeeeeeee', finish_reason: 'stop' });
  expect(choice!.network_calls).toBeLessThan(45);
  const [live] = (await client.complete({ ...request, max_tokens: 10 })).choices;
  expect(live).toMatchObject({ text: 'eeeeeeee', finish_reason: 'stop' });
});

it('fills what the model reads where nothing says how long a text is, and a block behind a long prompt', async () => {
  const client = clientOf(masked);
  const written = async (prompt: string) =>
    (await client.complete({ model: 'toy', prompt, block: 4 })).choices[0]!.text.length;
  expect([await written('the sea'), await written('the sea of the whale')]).toEqual([5, 4]);
});

it('spaces its steps as it is asked, with as many as a list of times has', async () => {
  const client = clientOf(masked);
  const of = (fields: object) => client.complete({ model: 'toy', n: 4, seed: 2, ...fields });
  const plain = (await of({ steps: 3 })).choices;
  const listed = await of({ spacing: [1, 0.5, 0.2, 0] });
  expect(listed.diffusion.steps).toBe(3);
  expect(listed.choices).not.toEqual(plain);
  expect((await of({ spacing: 'cosine', steps: 3 })).choices).not.toEqual(plain);
  expect((await of({ spacing: 'uniform', steps: 3 })).choices).toEqual(plain);
  expect((await of({ spacing: [1, 0.5, 0], steps: 4 })).choices).toEqual(
    (await of({ spacing: [1, 0.75, 0.5, 0.25, 0] })).choices,
  );
});

it.each<[Readonly<Record<string, unknown>>, string, string]>([
  [{ block: 13 }, 'block is at most what the model reads, 12 tokens; 13 was given.', 'block'],
  [{ block: 4, suffix: 'sea' }, 'leave it out beside suffix and infill', 'block'],
  [{ block: 4, infill: [{ tokens: 2 }] }, 'leave it out beside suffix and infill', 'block'],
  [{ block: 4, guidance: 2, prompt: 'a' }, 'and block a part of it', 'guidance'],
  [{ block: 4, n: 2, max_tokens: 31 }, 'at most 60 tokens together here; 62 were', 'max_tokens'],
  [{ block: 4, prompt: 'a'.repeat(60) }, 'maximum context length is 60 tokens', 'prompt'],
  [{ n: 6 }, 'at most 60 tokens together here; 72 were asked for', 'max_tokens'],
  [{ spacing: [0.5, 0.7] }, 'spacing: A grid strictly decreases within [0, 1]; entry 1 is 0.7 after 0.5.', 'spacing'],
  [{ spacing: 'log' }, 'spacing is uniform, cosine, or a list', 'spacing'],
  [{ spacing: [1] }, 'spacing is uniform, cosine, or a list', 'spacing'],
  [
    { spacing: Array.from({ length: 42 }, (_, i) => 1 - i / 50) },
    'spacing has at most 40 steps here; 41 were',
    'spacing',
  ],
])('refuses %j in one sentence', async (fields, message, param) => {
  const client = clientOf(masked, { length: 60, tokens: 60, steps: 40 });
  await expect(client.complete({ model: 'toy', ...fields })).rejects.toMatchObject({
    status: 400,
    body: { message: expect.stringContaining(message) as string, param },
  });
});
