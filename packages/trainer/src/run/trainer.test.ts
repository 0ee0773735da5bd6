import { readFile, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@idlm/core-diffusion';
import { loadModel } from '@idlm/denoiser/node';
import * as tf from '@tensorflow/tfjs-core';
import { runFolder } from '../../test/run-folder';
import { kinds, model, tinyTask, trainIn } from '../../test/train';
import { diskCheckpointStore } from '../checkpoints/disk-store';
import type { TrainEvent } from '../logs/events';
import { createTrainer } from './trainer';

const runs = runFolder();
const { at } = runs;

describe('createTrainer', () => {
  it('tells what happens, in order', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    let time = 0;
    const { events, result } = await trainIn(at('run'), task, {
      clock: () => (time += 500),
      config: { updates: 5, logEvery: 2, checkpointEvery: 3, sampleEvery: 4 },
      sample: async (parameters: Parameters, step) => [{ text: `${Object.keys(parameters).length} at ${step}` }],
    });
    expect(kinds(events)).toEqual(['start 0', 'metrics 2', 'checkpoint 3', 'metrics 4', 'samples 4', 'checkpoint 5']);
    expect(result).toEqual({
      step: 5,
      interrupted: false,
      checkpoint: { step: 5, path: at('run/checkpoints/step-5') },
    });
    // Two updates of 32 tokens between two looks at the clock, half a second apart.
    expect(events[3]).toMatchObject({ tokensPerSecond: 128 });
    task.dispose();
  });

  it('keeps the last checkpoints and the milestones', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 7, checkpointEvery: 1, keep: { last: 2, every: 4 } } });
    expect((await readdir(at('run/checkpoints'))).sort()).toEqual(['latest', 'step-4', 'step-6', 'step-7']);
    task.dispose();
  });

  it('makes each checkpoint a model folder that holds the average', async () => {
    const task = tinyTask(runs.engine, 'distillation');
    const { result } = await trainIn(at('run'), task, { config: { updates: 2 } });
    const loaded = await loadModel(result.checkpoint.path);
    expect(loaded).toMatchObject({
      ...{ type: 'mdlm', network: model.network },
      metadata: { role: 'student', group: 'ema', step: '2' },
    });
    for (const [name, value] of Object.entries(task.networks()['student']!.ema))
      expect(loaded.parameters[name]!.dataSync()).toEqual(value.dataSync());
    expect(await readFile(join(result.checkpoint.path, 'tokenizer.json'), 'utf8')).toBe('{}\n');
    tf.dispose(loaded.parameters);
    task.dispose();
  });

  it('ends after the update under way when aborted, saves, and can be resumed', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    const { events, result } = await trainIn(at('run'), task, {
      config: { updates: 100_000 },
      signal: abort.signal,
    });
    expect(result.interrupted).toBe(true);
    expect(result.step).toBeLessThan(100_000);
    expect(kinds(events).at(-1)).toBe(`checkpoint ${result.step}`);
    const again = tinyTask(runs.engine, 'teacher');
    const resumed = await trainIn(at('run'), again, { resume: 'latest', config: { updates: result.step + 1 } });
    expect(resumed.events[0]).toMatchObject({ kind: 'start', step: result.step, resumed: result.checkpoint });
    task.dispose();
    again.dispose();
  });

  it('does not hold an abort up with samples', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    const abort = new AbortController();
    const { events } = await trainIn(at('run'), task, {
      config: { updates: 9, sampleEvery: 2 },
      signal: abort.signal,
      sample: async (_parameters, _step, signal) => {
        abort.abort();
        signal!.throwIfAborted();
        return [];
      },
    });
    expect(kinds(events)).toEqual(['start 0', 'metrics 1', 'metrics 2', 'checkpoint 2']);
    task.dispose();
  });

  it('goes on from the newest whole checkpoint and tells which it passed over', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 4, checkpointEvery: 2 } });
    await truncate(at('run/checkpoints/step-4/model.safetensors'), 100);
    const { events } = await trainIn(at('run'), task, { resume: 'latest', config: { updates: 4 } });
    expect(kinds(events)).toEqual(['start 2', 'warning 2', 'metrics 3', 'metrics 4', 'checkpoint 4']);
    expect(events[1]).toMatchObject({
      message: expect.stringMatching(/step-4 was passed over: model\.safetensors has 100 of/),
    });
    await truncate(at('run/checkpoints/step-4/model.safetensors'), 100);
    await rm(at('run/checkpoints/step-2/state.json'));
    const none = trainIn(at('run'), task, { resume: 'latest', config: { updates: 4 } });
    await expect(none).rejects.toThrow(
      /^No checkpoint can be resumed\. .*step-4 .*step-2 was passed over: it lacks state/,
    );
    task.dispose();
  });

  it('goes on from the step that is asked for', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 4, checkpointEvery: 2 } });
    const { events } = await trainIn(at('run'), task, { resume: { step: 2 }, config: { updates: 4 } });
    expect(kinds(events)).toEqual(['start 2', 'metrics 3', 'metrics 4', 'checkpoint 4']);
    const missing = trainIn(at('run'), task, { resume: { step: 3 }, config: { updates: 4 } });
    await expect(missing).rejects.toThrow('has no checkpoint of step 3; it has those of steps 4, 2.');
    task.dispose();
  });

  it('begins anew, and says so, when a run was killed before its first checkpoint', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    const store = diskCheckpointStore(at('empty'));
    const trainer = createTrainer({ task, model, store, resume: 'latest', config: { updates: 0 }, clock: () => 0 });
    const events: TrainEvent[] = [];
    for await (const event of trainer.run()) events.push(event);
    expect(events[1]).toMatchObject({ kind: 'warning', message: 'There is no checkpoint yet; the run begins anew.' });
    task.dispose();
  });

  it('does not save twice at one step', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 2 } });
    const { events } = await trainIn(at('run'), task, { resume: 'latest', config: { updates: 2 } });
    expect(kinds(events)).toEqual(['start 2']);
    task.dispose();
  });

  it('saves between two updates when asked', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    const store = diskCheckpointStore(at('store'));
    const trainer = createTrainer({ task, model, store, config: { updates: 3 }, clock: () => 0 });
    for await (const event of trainer.run())
      if (event.kind === 'metrics' && event.step === 2) expect((await trainer.snapshot()).step).toBe(2);
    expect((await readdir(at('store'))).sort()).toEqual(['latest', 'step-2', 'step-3']);
    task.dispose();
  });
});
