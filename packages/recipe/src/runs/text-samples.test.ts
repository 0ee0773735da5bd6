import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parameters, randomStream } from '@idlm/core-diffusion';
import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import { freshParameters } from '@idlm/denoiser';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import { resolveRecipe } from '../resolved/recipe';
import { prepareCorpus } from '../text/corpus';
import type { TaskContext } from './tasks';
import { textSamples } from './text-samples';

const pairs = ['ash tree', 'birch wood', 'elm leaf', 'fir cone', 'larch bark', 'lime twig', 'oak root', 'yew bow'];
const lines = pairs.map((pair) => JSON.stringify({ name: pair.split(' ')[0], text: pair.split(' ')[1] }));
const sizes = ['length=12', 'heldOut=0.5', 'promptField=name'].map((setting) => `data.${setting}`);
const network = ['hidden=16', 'blocks=1', 'heads=2', 'cond=4'].map((setting) => `model.${setting}`);

let folder: string;
let context: TaskContext;
let parameters: Parameters;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'text-samples-'));
  await writeFile(join(folder, 'trees.jsonl'), lines.join('\n'));
  const engine = await useBackend();
  const { config } = resolveConfig({
    settings: [...sizes, ...network, 'sampling.steps=3', `data.corpus=${join(folder, 'trees.jsonl')}`],
  });
  context = { ...resolveRecipe(config, await prepareCorpus(config)), engine };
  parameters = freshParameters(context.network, randomStream(1));
});
afterAll(() => {
  tf.dispose(parameters);
  return rm(folder, { recursive: true });
});

describe('texts that a run shows', () => {
  it.each([2, 3, 5])('are those of one process where %d ranks draw them, each its share', async (size) => {
    const alone = await textSamples(context)!(parameters, 1);
    expect(alone.map(({ prompt }) => prompt)).toEqual(Array(4).fill(expect.stringMatching(/^\w+/)));
    expect(new Set(alone.map(({ text }) => text)).size).toBe(4);
    const all = await Promise.all(
      ranksInMemory(size).map((ranks) => textSamples({ ...context, ranks })!(parameters, 1)),
    );
    expect(all).toEqual(Array(size).fill(alone));
  });

  it('fail on all ranks where one fails', async () => {
    const broken = (rank: number) => (rank === 1 ? { ...context, corpus: failing(context) } : context);
    const drawn = ranksInMemory(2).map((ranks) => textSamples({ ...broken(ranks.rank), ranks })!(parameters, 1));
    const ended = await Promise.allSettled(drawn);
    expect(ended.map((one) => String((one as PromiseRejectedResult).reason))).toEqual([
      'Error: rank 1: no text',
      'Error: no text',
    ]);
  });

  it('are not drawn where none are wanted', () => {
    const config = { ...context.config, logs: { ...context.config.logs, samplesEvery: null } };
    expect(textSamples({ ...context, config })).toBeUndefined();
  });
});

/** The text of a context that cannot be read as one. */
const failing = ({ corpus }: TaskContext): TaskContext['corpus'] => ({
  ...corpus,
  decode() {
    throw new Error('no text');
  },
});
