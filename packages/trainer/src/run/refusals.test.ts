import { readdir } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { config, optimizer, tinyTeacher } from '../../test/tiny';
import { runFolder } from '../../test/run-folder';
import { bytesOf, model, tinyTask, trainIn } from '../../test/train';
import { diskCheckpointStore } from '../checkpoints/disk-store';
import { nodeFileSystem } from '../checkpoints/file-system';
import type { LogSink } from '../logs/events';
import { createTrainer } from './trainer';

const runs = runFolder();
const { at } = runs;

describe('refusals', () => {
  const resume = (task = tinyTask(runs.engine, 'teacher'), more = {}) =>
    trainIn(at('run'), task, { resume: 'latest', config: { updates: 3 }, ...more }).finally(() => task.dispose());

  beforeEach(async () => {
    const task = tinyTask(runs.engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 2 }, identity: { data: 'abc', seed: 1 } });
    task.dispose();
  });

  it.each([
    ['data', { identity: { data: 'xyz', seed: 1 } }, 'data "abc" and this run has "xyz"'],
    [
      'vocabulary',
      { model: { ...model, network: { ...model.network, config: { ...config, vocabSize: 9 } } } },
      'model.vocab_size 7 and this run has 9',
    ],
    [
      'architecture',
      { model: { ...model, network: { ...model.network, config: { ...config, hidden: 32 } } } },
      'model.hidden_dim 16 and this run has 32',
    ],
    ['family', { model: { ...model, family: { name: 'duo' } } }, 'model.model_type "mdlm" and this run has "duo"'],
  ])('of another %s name both values', async (_, more, message) => {
    const before = await bytesOf(at('run'), 2);
    const tensors = tf.memory().numTensors;
    await expect(resume(undefined, more)).rejects.toThrow(message);
    expect(await bytesOf(at('run'), 2)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('of another task name both', async () => {
    await expect(resume(tinyTask(runs.engine, 'distillation'))).rejects.toThrow(
      'task "teacher" and this run has "distillation"',
    );
  });

  it('of a step that is not finite name the step, the value and the last good checkpoint', async () => {
    const identity = { data: 'abc', seed: 1 };
    const rates = tinyTeacher(runs.engine, { optimizer: { ...optimizer(), rate: (k) => (k >= 3 ? NaN : 1e-3) } });
    const failing = resume(rates, { config: { updates: 9 }, identity });
    await expect(failing).rejects.toThrow(
      `Update 4 was refused: the learning rate of the teacher is not finite. Its weights are as before; the last good checkpoint is ${at('run/checkpoints/step-2')}.`,
    );
    await expect(failing).rejects.toMatchObject({ exitCode: 2, cause: { name: 'NonFiniteStep' } });
    expect(await readdir(at('run/checkpoints'))).toEqual(['latest', 'step-2']);
  });

  it('of a snapshot after a refused update', async () => {
    const task = tinyTeacher(runs.engine, { optimizer: { ...optimizer(), rate: () => NaN } });
    const store = diskCheckpointStore(at('store'));
    const trainer = createTrainer({ task, model, store, config: { updates: 3 }, clock: () => 0 });
    const loop = trainer.run();
    await loop.next();
    await expect(loop.next()).rejects.toThrow('Update 1 was refused');
    await expect(trainer.snapshot()).rejects.toThrow('The run failed after step 0; the last good checkpoint is none.');
    task.dispose();
  });
});

describe('a full disk', () => {
  const full = () =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));

  it('while a checkpoint is written ends the run in one sentence and leaves the one before', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    let writes = 0;
    const disk = {
      ...nodeFileSystem,
      write: (path: string, content: Uint8Array | string) =>
        ++writes > 15 ? full() : nodeFileSystem.write(path, content),
    };
    const store = diskCheckpointStore(at('store'), disk);
    const trainer = createTrainer({ task, model, store, config: { updates: 8, checkpointEvery: 2 }, clock: () => 0 });
    const tensors = tf.memory().numTensors;
    const all = async () => {
      for await (const event of trainer.run()) void event;
    };
    await expect(all()).rejects.toThrow(
      /^The checkpoint of step 4 could not be written to .* \(ENOSPC: no space left on device, write\); the last good one is .*step-2\. Mend/,
    );
    expect((await diskCheckpointStore(at('store')).latest()).checkpoint?.step).toBe(2);
    expect(tf.memory().numTensors).toBe(tensors);
    task.dispose();
  });

  it('while a log is written names the last good checkpoint, and closes every sink', async () => {
    const task = tinyTask(runs.engine, 'teacher');
    const closed: string[] = [];
    const nothing = async () => {};
    const sink = (name: string, write: LogSink['write']): LogSink => ({
      start: nothing,
      write,
      flush: nothing,
      close: async () => void closed.push(name),
    });
    const sinks = [sink('full', (event) => (event.step === 3 ? full() : nothing())), sink('other', nothing)];
    const run = trainIn(at('run'), task, { config: { updates: 8, checkpointEvery: 2 }, sinks });
    await expect(run).rejects.toThrow(
      `The log of step 3 could not be written (ENOSPC: no space left on device, write); the last good checkpoint is ${at('run/checkpoints/step-2')}. Mend`,
    );
    expect(closed).toEqual(['full', 'other']);
    task.dispose();
  });
});
