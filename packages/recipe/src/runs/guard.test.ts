import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parameters, randomStream } from '@idlm/core-diffusion';
import { freshParameters } from '@idlm/denoiser';
import type { Drift } from '@idlm/evaluation';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import type { TrainingEvent } from '../events';
import { resolveRecipe } from '../resolved/recipe';
import { prepareCorpus } from '../text/corpus';
import { judgeDrift, makeGuard } from './guard';

const one: Drift = { marginals: 0.1, pairs: 0.2, lengths: -0.1, entropy: 0.05 };

describe('judgeDrift', () => {
  it('keeps what is within the limits and tells every statistic that is not', () => {
    const limits = { teacher: one, floor: one, factor: 2, start: one };
    const kept = judgeDrift(one, { ...limits, floor: { ...one, pairs: 0.4 } });
    expect(kept).toMatchObject({ verdict: 'keep', reason: undefined });
    expect(kept.metrics['guard/worst']).toBeCloseTo(0.5, 12);
    expect(judgeDrift({ ...one, lengths: -0.25, entropy: -0.3 }, limits)).toMatchObject({
      verdict: 'fail',
      reason: 'lengths at 1.25 of the limit, entropy at 3.00 of the limit',
      metrics: { 'guard/marginals': 0.1, 'guard/pairs': 0.2, 'guard/lengths': -0.25, 'guard/entropy': -0.3 },
    });
  });

  it('waits while a student is no further out than where it began, and no longer', () => {
    const limits = { teacher: one, floor: one, factor: 2, start: { ...one, pairs: 0.8 } };
    expect(judgeDrift({ ...one, pairs: 0.8 }, limits)).toMatchObject({
      verdict: 'wait',
      reason: 'pairs at 2.00 of the limit',
    });
    expect(judgeDrift({ ...one, pairs: 0.81 }, limits).verdict).toBe('fail');
  });
});

const words = ['ash', 'birch', 'elm', 'fir', 'larch', 'lime', 'maple', 'oak', 'pine', 'yew', 'rowan', 'alder'];
const tiny = ['data.layout=rows', 'data.length=6', 'data.heldOut=0.5', 'model.hidden=16', 'model.blocks=1'];
const guarded = ['every=1', 'samples=5', 'steps=2', 'patience=2'].map((setting) => `distillation.guard.${setting}`);
const more = ['model.heads=2', 'model.cond=4', 'evaluation.teacherSteps=[4]', 'evaluation.compareAt=4'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guard-'));
  await writeFile(join(folder, 'trees.txt'), words.join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('makeGuard', () => {
  const context = async (settings: readonly string[]) => {
    const { config } = resolveConfig({
      settings: [...tiny, ...more, ...settings, `data.corpus=${join(folder, 'trees.txt')}`],
    });
    const corpus = await prepareCorpus(config);
    return { ...resolveRecipe(config, corpus), engine: await useBackend() };
  };

  it('measures the teacher once and students against it, the same each time, leaving no tensor behind', async () => {
    const shared = await context(guarded);
    const teacher = freshParameters(shared.network, randomStream(1));
    // A network that writes the padding everywhere: samples without letters.
    const bias = 'output_layer.linear.bias';
    const blank = { ...teacher, [bias]: tf.tensor1d([50, ...new Array<number>(28).fill(0)]) } as Parameters;
    const events: TrainingEvent[] = [];
    const before = tf.memory().numTensors;
    const guard = (await makeGuard(shared, teacher, (event) => events.push(event)))!;
    const drift = Object.fromEntries(
      ['marginals', 'pairs', 'lengths', 'entropy'].map((name) => [name, expect.any(Number)]),
    );
    expect(events).toEqual([{ kind: 'drift-limits', steps: 4, samples: 3, teacher: drift, floor: drift }]);
    expect([guard.every, guard.patience]).toEqual([1, 2]);
    const [found, again] = [await guard.check(blank, 1), await guard.check(blank, 1)];
    expect(again).toEqual(found);
    expect(found.metrics).toMatchObject({ 'guard/lengths': -1, 'guard/entropy': -1 });
    expect(found).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('entropy at') });
    // Of nine sequences all are the same.
    expect(found.metrics['guard/distinct']).toBe(1 / 9);
    expect(found.alarms).toEqual([
      "Diversity alarm at update 1: of the student's sequences of four tokens 11.1 % are distinct, of the teacher's 100 %; raise the objective's anchor, or lower the student's learning rate.",
    ]);
    expect((await guard.check(teacher, 1)).alarms).toEqual([]);
    const abort = AbortSignal.abort(new Error('enough'));
    await expect(guard.check(teacher, 1, abort)).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
    const silent = (await makeGuard(await context([...guarded, 'distillation.guard.diversity=0']), teacher))!;
    expect((await silent.check(blank, 1)).alarms).toEqual([]);
    tf.dispose([teacher, blank[bias]!] as never);
  });

  it.each([
    [3, 1],
    [150, 37],
    [250, 62],
    [400, 100],
    [599, 99],
  ])('looks four times or every hundred in %i updates, and leaves few behind its last look', async (updates, every) => {
    const shared = await context(['distillation.guard.samples=5', `distillation.updates=${updates}`]);
    const teacher = freshParameters(shared.network, randomStream(1));
    expect((await makeGuard(shared, teacher))!.every).toBe(every);
    tf.dispose(teacher);
  });

  it('is none unless configured, and refused when it would never look', async () => {
    const onEvent = jest.fn();
    expect(await makeGuard(await context(['distillation.guard=null']), {}, onEvent)).toBeUndefined();
    const never = await context(['distillation.guard.every=500']);
    await expect(makeGuard(never, {}, onEvent)).rejects.toThrow(
      'The guard looks every 500 updates and the run has 400',
    );
    expect(onEvent).not.toHaveBeenCalled();
  });

  it('measures what stands behind held-out prompts where text has them', async () => {
    const pairs = words.map((word, i) => JSON.stringify({ in: 'abc'[i % 3], text: word }));
    await writeFile(join(folder, 'pairs.jsonl'), pairs.join('\n'));
    const settings = [...tiny, ...more, ...guarded, 'data.length=8', 'data.promptField=in'];
    const { config } = resolveConfig({ settings: [...settings, `data.corpus=${join(folder, 'pairs.jsonl')}`] });
    const corpus = await prepareCorpus(config);
    const shared = { ...resolveRecipe(config, corpus), engine: await useBackend() };
    const teacher = freshParameters(shared.network, randomStream(1));
    const bias = 'output_layer.linear.bias';
    const blank = { ...teacher, [bias]: tf.tensor1d([50, ...new Array<number>(28).fill(0)]) } as Parameters;
    const guard = (await makeGuard(shared, teacher))!;
    // With the prompts' letters counted, samples would not be empty.
    expect((await guard.check(blank, 1)).metrics).toMatchObject({ 'guard/lengths': -1, 'guard/entropy': -1 });
    tf.dispose([teacher, blank[bias]!] as never);
  });
});
