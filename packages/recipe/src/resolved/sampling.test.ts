import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parameters, randomStream } from '@idlm/core-diffusion';
import { freshParameters } from '@idlm/denoiser';
import { classifiers } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import { sweepModels } from '../evaluation/evaluate';
import { makeGuard } from '../runs/guard';
import { type TaskContext, scorerNetwork } from '../runs/tasks';
import { textSamples } from '../runs/text-samples';
import { prepareCorpus } from '../text/corpus';
import { film } from '../sampling/film';
import { resolveRecipe } from './recipe';
import { configuredShaper, shaperBehindTemperature } from './sampling';

let folder: string;
beforeAll(async () => {
  classifiers.register('even', {
    description: 'none is likelier',
    create: () => () => Promise.resolve(new Float64Array()),
  });
  folder = await mkdtemp(join(tmpdir(), 'sampling-'));
  await writeFile(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(60));
});
afterAll(() => rm(folder, { recursive: true }));

const small = [
  ...['data.length=8', 'data.heldOut=0.5', 'model.hidden=16', 'model.blocks=1', 'model.heads=2', 'model.cond=4'],
  ...['evaluation.samples=8', 'evaluation.teacherSteps=[4]', 'evaluation.compareAt=4', 'sampling.nucleus=0.8'],
  ...['sampling.steps=5', 'distillation.guard.every=1', 'distillation.guard.samples=8', 'distillation.guard.steps=4'],
];

async function contextOf(...settings: string[]): Promise<TaskContext> {
  const { config } = resolveConfig({ settings: [...small, `data.corpus=${join(folder, 'text.txt')}`, ...settings] });
  const corpus = await prepareCorpus(config);
  return { ...resolveRecipe(config, corpus), engine: await useBackend() };
}

/** A network that writes some letters more readily than others; fresh heads would write all alike. */
function weightsFor({ network }: TaskContext): Parameters {
  const random = randomStream(5);
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(freshParameters(network, randomStream(1))).map(([name, { shape, size }]) => [
        name,
        tf.keep(
          tf.tensor(
            Float32Array.from(random.normals(size), (value) => value / 4),
            shape,
          ),
        ),
      ]),
    ),
  );
}

/** Everything that samples, as numbers or texts that follow from the samples. */
const CONSUMERS: Readonly<Record<string, (context: TaskContext, parameters: Parameters) => Promise<unknown>>> = {
  async evaluate(context, parameters) {
    const evaluated = { ...context, name: 'teacher', parameters, steps: [4] };
    const [row] = await sweepModels({ ...context, scorers: [] }, [evaluated]);
    return [row!.examples, row!.entropy];
  },
  async baseline(context, parameters) {
    const network = scorerNetwork(context.network);
    const first = new Float64Array(network.config.vocabSize).fill(1);
    const [row] = await sweepModels({ ...context, scorers: [] }, [], { network, parameters, first, maskId: 27 });
    return [row!.examples, row!.entropy];
  },
  film: (context, parameters) => film({ ...context, title: '', parameters, steps: 4 }),
  guard: async (context, parameters) => (await (await makeGuard(context, parameters))!.check(parameters, 1)).metrics,
  'samples of a run': (context, parameters) => textSamples(context)!(parameters, 1),
};

/** Another value of each key of the section. */
const OTHERS: Readonly<Record<string, string>> = {
  sampler: 'first-hitting',
  steps: '2',
  spacing: 'cosine',
  temperature: '0.2',
  nucleus: '0.3',
  nucleusRule: 'drop-crossing',
  topK: '1',
  batch: '3',
  runtime: 'engine',
  repetitionPenalty: '5',
  noRepeatedNGram: '2',
  block: '3',
  pattern: '[a-z ]+',
  guidance: '2',
  unconditional: 'another',
  classifier: 'even',
};

/** Keys that only a model that writes texts reads. */
const OF_WRITERS = ['runtime', 'block', 'pattern', 'guidance', 'unconditional', 'classifier'];

/** Keys that mean nothing to a consumer: sweeps have steps of their own, and a baseline takes one for each token. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  evaluate: ['steps'],
  baseline: ['steps', 'sampler', 'spacing'],
  film: ['steps'],
  guard: ['steps'],
};

describe('every key of sampling', () => {
  it('has another value below', async () => {
    expect(Object.keys(OTHERS).sort()).toEqual(Object.keys((await contextOf()).config.sampling).sort());
  });

  it.each(Object.keys(CONSUMERS))('reaches what samples: %s', async (name) => {
    const usual = await contextOf();
    const parameters = weightsFor(usual);
    const outcome = async (...settings: string[]) => CONSUMERS[name]!(await contextOf(...settings), parameters);
    const before = await outcome();
    expect(await outcome()).toEqual(before);
    for (const [key, value] of Object.entries(OTHERS)) {
      // Rows draw from streams of their own, so a batch of any size gives the same text.
      const isSame = key === 'batch' || OF_WRITERS.includes(key) || WITHOUT[name]?.includes(key);
      const after = await outcome(`sampling.${key}=${value}`);
      expect([key, JSON.stringify(after) === JSON.stringify(before)]).toEqual([key, Boolean(isSame)]);
    }
    tf.dispose(parameters);
  });
});

it.each([
  ['sampling.noRepeatedNGram=2', [0, -Infinity]],
  ['sampling.repetitionPenalty=2', [0, -Math.LN2]],
])('takes padding for no repetition: %s', (setting, expected) => {
  const { sampling } = resolveConfig({ settings: [setting] }).config;
  const place = { position: 3, t: 0.5, tokens: Int32Array.of(1, 0, 0, 2, 0, 0, 1), unwritten: 2 };
  for (const shaperOf of [configuredShaper, shaperBehindTemperature]) {
    const logits = new Float64Array(2);
    shaperOf(sampling, { padId: 0 })(logits, place);
    expect(logits).toBeCloseToArray(expected, { rtol: 1e-12 });
  }
});

describe('the frames of a film', () => {
  it('are noise, every so many steps, and the end, at most as many as asked for but for the end', async () => {
    const context = await contextOf();
    const parameters = weightsFor(context);
    const filmed = async (frames?: number) =>
      (await film({ ...context, title: 'A film', parameters, steps: 10, frames, samples: 1 })).frames;
    const all = await filmed();
    // All masks, then ten steps, and the last one that clears what is left.
    expect(all).toHaveLength(12);
    expect(all[0]).toEqual({ t: 1, text: '▁'.repeat(8), networkCalls: 0 });
    expect(all.at(-1)!.text).not.toContain('▁');
    // Twelve moments in at most 5, 6 and 4: every third, every second, every third.
    const kept: [number, number[]][] = [
      [5, [0, 3, 6, 9, 11]],
      [6, [0, 2, 4, 6, 8, 10, 11]],
      [1, [0, 11]],
      [12, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ];
    for (const [most, moments] of kept) expect(await filmed(most)).toEqual(moments.map((i) => all[i]));
    tf.dispose(parameters);
  });
});

describe('temperatures', () => {
  const temperatures = async (...settings: string[]) => {
    const context = await contextOf('evaluation.samples=2', ...settings);
    const parameters = weightsFor(context);
    const evaluated = { ...context, name: 'teacher', parameters, steps: [4] };
    const rows = await sweepModels({ ...context, scorers: [] }, [evaluated]);
    tf.dispose(parameters);
    return rows.map(({ temperature }) => temperature);
  };

  it('are that of sampling unless some are listed', async () => {
    expect(await temperatures()).toEqual([1]);
    expect(await temperatures('sampling.temperature=0.5')).toEqual([0.5]);
    expect(await temperatures('sampling.temperature=0.5', 'evaluation.temperatures=[0.5,2]')).toEqual([0.5, 2]);
  });

  it('are refused where they leave out the one that text is sampled at', () => {
    const settings = ['sampling.temperature=0.5', 'evaluation.temperatures=[1,2]'];
    expect(() => resolveConfig({ settings })).toThrow(
      'evaluation.temperatures (1, 2) must hold sampling.temperature, 0.5; add it, or leave one of the two out.',
    );
  });
});
