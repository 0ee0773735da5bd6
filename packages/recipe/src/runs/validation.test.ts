import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compile, randomStream } from '@idlm/core-diffusion';
import { type Communicator, oneRank, ranksInMemory } from '@idlm/core-diffusion/ranks';
import { denoisers, freshParameters } from '@idlm/denoiser';
import { autoregressiveScorer, mean, nelboPerplexity } from '@idlm/evaluation';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import { resolveRecipe } from '../resolved/recipe';
import { prepareInMemory } from '../text/corpus';
import { scorerNetwork } from './tasks';
import { makeValidation, validationTimes, withHeldOut } from './validation';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validation-'));
  await writeFile(join(folder, 'text.txt'), 'the whale and the sea and the ship '.repeat(12));
});
afterAll(() => rm(folder, { recursive: true }));

const tiny = ['data.length=8', 'model.hidden=16', 'model.blocks=1', 'model.heads=2', 'model.cond=4'];

async function contextOf(...settings: string[]) {
  const corpusIs = `data.corpus=${join(folder, 'text.txt')}`;
  const { config } = resolveConfig({ settings: [...tiny, 'data.heldOut=0.5', ...settings, corpusIs] });
  const corpus = await prepareInMemory(config);
  return { ...resolveRecipe(config, corpus), corpus, engine: await useBackend() };
}

describe('makeValidation', () => {
  it("scores a teacher by its bound on held-out batches, the same each time, and a scorer by its next tokens'", async () => {
    const looks = [
      'teacher.batch=4',
      'teacher.validation.batches=2',
      'teacher.updates=35',
      'scorers.autoregressive.batch=8',
    ];
    const context = await contextOf(...looks);
    const { config, corpus, network, family } = context;
    const parameters = freshParameters(network, randomStream(1));
    const before = tf.memory().numTensors;
    const { guard, dispose } = makeValidation(context, 'teacher')!;
    expect(guard).toMatchObject({ every: 35, patience: Infinity });
    const [found, again] = [await guard.check(parameters, 3), await guard.check(parameters, 6)];
    dispose();
    const rows = (from: number, count: number) => ({
      ids: new Int32Array(corpus.packed.heldOut.subarray(from * 8, (from + count) * 8)),
      batch: count,
      length: 8,
    });
    const { nll } = await nelboPerplexity({
      family,
      denoiser: denoisers.create(network),
      parameters,
      batches: [rows(0, 4), rows(4, 4)],
      random: randomStream(config.seed).split('teacher').split('validation'),
    });
    expect(found).toEqual({ verdict: 'keep', score: nll, metrics: { 'teacher/held-out/loss': nll } });
    expect(again.score).toBe(found.score);
    const scorer = makeValidation(context, 'scorer')!;
    const { score } = await scorer.guard.check(parameters, 1);
    scorer.dispose();
    const judge = autoregressiveScorer({ denoiser: denoisers.create(scorerNetwork(network)), parameters, batch: 8 });
    const expected = [mean(await judge.score(rows(0, 8))), mean(await judge.score(rows(8, 8)))];
    judge.dispose();
    expect(score).toBeCloseTo(mean(expected), 5);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(parameters);
  });

  it.each(['teacher', 'scorer'] as const)(
    'has ranks share the batches, and find what one finds: %s',
    async (target) => {
      const looks = ['teacher.batch=4', 'teacher.validation.batches=3', 'scorers.autoregressive.batch=4'];
      const context = await contextOf(...looks, 'scorers.autoregressive.validation.batches=3');
      const { engine } = context;
      const parameters = freshParameters(context.network, randomStream(1));
      const scoreOn = async (ranks: Communicator) => {
        let calls = 0;
        const compile: Compile = (fn, options) => {
          const run = engine.compile(fn, options);
          return Object.assign((inputs: tf.Tensor[]) => (calls++, run(inputs)), { ...run });
        };
        const { guard, dispose } = makeValidation({ ...context, ranks, engine: { ...engine, compile } }, target)!;
        const { score } = await guard.check(parameters, 1);
        dispose();
        return { score, calls };
      };
      const alone = await scoreOn(oneRank);
      const found = await Promise.all(ranksInMemory(2).map(scoreOn));
      expect(found.map(({ score }) => score)).toEqual([alone.score, alone.score]);
      // Of three batches one and two.
      expect(found.map(({ calls }) => calls)).toEqual([alone.calls / 3, (2 * alone.calls) / 3]);
      tf.dispose(parameters);
    },
  );

  it('is absent where nothing is held out, and where it is switched off', async () => {
    expect(makeValidation(await contextOf('data.heldOut=0'), 'teacher')).toBeUndefined();
    expect(makeValidation(await contextOf('teacher.validation=null'), 'teacher')).toBeUndefined();
  });

  it('is not in the settings of a run that holds nothing out', async () => {
    const { config, corpus } = await contextOf('data.heldOut=0', 'teacher.validation.patience=2');
    const { teacher, scorers } = withHeldOut(config, corpus);
    expect([teacher.validation, scorers.autoregressive.validation]).toEqual([null, null]);
    const held = await contextOf('teacher.validation.patience=2');
    expect(withHeldOut(held.config, held.corpus)).toEqual(held.config);
  });
});

describe('validationTimes', () => {
  it.each([
    ['teacher.updates=20', 20],
    ['teacher.updates=300', 100],
    ['teacher.updates=5000', 500],
    ['teacher.validation.every=7', 7],
  ])('with %s it looks every %i updates', (setting, every) => {
    expect(validationTimes(resolveConfig({ settings: [setting] }).config, 'teacher')?.every).toBe(every);
  });
});
