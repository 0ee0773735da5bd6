import { createClient } from '@idlm/client';
import {
  type Denoise,
  type Network,
  FREE,
  classifiers,
  guided,
  guidedByClassifier,
  randomStream,
  sampleAll,
  suitableSampler,
  timeGrid,
  withoutGiven,
} from '@idlm/samplers';
import { toyModel } from '../../test/toy-model';
import { createServer, ownModel } from '../index';

const { vocabSize, maskId } = toyModel().model.tokenizer;

/** A toy of another network: its logits the other way round. */
function otherToy() {
  const { model } = toyModel();
  const denoise: Denoise = async (request) => (await model.network.denoise(request)).map((logit) => -logit);
  return { ...model, network: { denoise } };
}

/** Likes the letter of a token at every position. */
const liking =
  (token: number): Denoise =>
  async ({ positions }) =>
    Float64Array.from({ length: positions.length * vocabSize }, (_, i) => Number(i % vocabSize === token));
classifiers.register('likes-e', { description: 'a test', create: (_, { length }) => liking(length - 7) });

function serverOf(options: Parameters<typeof toyModel>[0] = {}) {
  const toy = toyModel(options);
  const models = [toy.source, ownModel('other', otherToy()), toyModel({ id: 'long', length: 20 }).source];
  models.push(toyModel({ id: 'uniform', isUniform: true }).source);
  const { app } = createServer({ models, limits: { batchDelay: 10_000 } });
  const client = createClient({
    baseUrl: 'http://toy',
    fetch: (url, init) => Promise.resolve(app.request(url as string, init)),
  });
  return { client, toy };
}

const PROMPT = 'the sea';

/** Two texts behind the prompt, written without a server. */
async function alone(guide: (network: Network, clamp: Int32Array) => Denoise | Network): Promise<string[]> {
  const { model } = toyModel();
  const ids = model.tokenizer.encode(PROMPT);
  const { length } = model;
  const clamp = Int32Array.from({ length: 2 * length }, (_, at) => ids[at % length] ?? FREE);
  const { tokens } = await sampleAll({
    sampler: suitableSampler(model.family.process),
    environment: {
      denoise: guide(model.network, clamp),
      ...{ family: model.family, timeConditioned: false, random: randomStream(5).split('sample'), clamp },
    },
    ...{ batch: 2, length, grid: timeGrid(4) },
  });
  return [0, 1].map((row) => model.tokenizer.decode(tokens.subarray(row * length + ids.length, (row + 1) * length)));
}

const { family } = toyModel().model;
const options = { strength: 3, family };

describe.each([
  ['by its prompt', { guidance: 3 }, (own, clamp) => guided(own, withoutGiven(own, { clamp, maskId }), options)],
  [
    'away from another model',
    { guidance: 3, unconditional: 'other' },
    (own) => guided(own, otherToy().network, options),
  ],
  ['by a classifier', { guidance: 3, classifier: 'likes-e' }, (own) => guidedByClassifier(own, liking(5), options)],
  [
    'by a classifier alone',
    { classifier: 'likes-e' },
    (own) => guidedByClassifier(own, liking(5), { ...options, strength: 1 }),
  ],
  ['at strength 1', { guidance: 1 }, (own) => own],
  ['at strength 0', { guidance: 0, unconditional: 'other' }, () => otherToy().network],
] as [string, object, Parameters<typeof alone>[0]][])('guided %s', (_name, fields, guide) => {
  it('writes what sampling alone writes, and nobody waits for calls that do not come', async () => {
    const { client } = serverOf();
    const body = { model: 'toy', prompt: PROMPT, n: 2, seed: 5, ...fields };
    const [answer, plain] = await Promise.all([
      client.complete(body),
      client.complete({ model: 'toy', prompt: PROMPT, n: 2, seed: 5 }),
    ]);
    expect(answer.choices.map(({ text }) => text)).toEqual(await alone(guide));
    expect(plain.choices.map(({ text }) => text)).toEqual(await alone((own) => own));
    expect(answer.diffusion.guidance).toBe('guidance' in fields ? fields.guidance : 1);
    expect(plain.diffusion).not.toHaveProperty('guidance');
  });
});

it('shares calls with other texts', async () => {
  const { client, toy } = serverOf();
  await client.complete({ model: 'toy', prompt: PROMPT, n: 3, seed: 5, guidance: 2, sampler: 'ancestral' });
  // Each of three texts asks twice in every step.
  expect(toy.calls.map(({ tokens, length }) => tokens.length / length)).toEqual([6, 6, 6, 6]);
});

it('tells frames of guided texts', async () => {
  const { client } = serverOf();
  let last: string | undefined;
  for await (const rows of client.frames({ model: 'toy', prompt: PROMPT, seed: 5, guidance: 3, n: 2 }))
    last = rows[1]!.text ?? last;
  expect(last).toBe((await alone((own, clamp) => guided(own, withoutGiven(own, { clamp, maskId }), options)))[1]);
});

it('refuses two models that have no room together, which would be told to ask again for ever, and takes one twice', async () => {
  const models = ['toy', 'large'].map((id) => ({ ...toyModel({ id }).source, bytes: 30e6 }));
  const { app } = createServer({ models, limits: { modelBytes: 50e6 } });
  const client = createClient({
    baseUrl: 'http://toy',
    fetch: (url, init) => Promise.resolve(app.request(url as string, init)),
  });
  const body = { model: 'toy', prompt: PROMPT, guidance: 2 };
  await expect(client.complete({ ...body, unconditional: 'large' })).rejects.toMatchObject({
    status: 400,
    body: { param: 'unconditional', message: expect.stringContaining('take some 60 MB together') },
  });
  await expect(client.complete({ ...body, unconditional: 'toy' })).resolves.toBeDefined();
});

it.each([
  [{ guidance: 2 }, 'guidance', 'nothing is; give a prompt'],
  [{ guidance: 2, prompt: ['a', ''] }, 'guidance', 'nothing is; give a prompt'],
  [{ guidance: 2, prompt: 'a', model: 'uniform' }, 'guidance', 'which models of udlm do not know'],
  [{ guidance: -1, prompt: 'a' }, 'guidance', 'guidance'],
  [{ unconditional: 'other' }, 'unconditional', 'give guidance, its strength'],
  [{ guidance: 2, unconditional: 'long' }, 'unconditional', 'has 12 positions, and unconditional 20'],
  [{ guidance: 2, unconditional: 'nowhere' }, 'unconditional', 'The model `nowhere` does not exist.'],
  [{ guidance: 2, unconditional: 'other', classifier: 'likes-e' }, 'classifier', 'give one of them'],
  [{ classifier: 'likes-f' }, 'classifier', 'likes-e'],
])('refuses %j', async (fields, param, sentence) => {
  const { client } = serverOf();
  await expect(client.complete({ model: 'toy', ...fields })).rejects.toMatchObject({
    body: { param, message: expect.stringContaining(sentence) },
  });
});
