import { mkdtemp, readFile, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parameters, randomStream, timeGrid } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import { ancestral } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { config, optimizer, tinyFamily, tinyTeacher } from '../../test/tiny';
import { decisiveFiles, model, taskNames, tinyTask, trainIn } from '../../test/train';
import { diskCheckpointStore } from '../checkpoints/disk-store';
import { nodeFileSystem } from '../checkpoints/file-system';
import type { LogSink, TrainEvent } from '../logs/events';
import { textSampler } from './text-sampler';
import { createTrainer } from './trainer';

let engine: Engine;
let parent: string;
beforeAll(async () => {
  engine = await useBackend();
});
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'trainer-'));
});
afterEach(() => rm(parent, { recursive: true }));

const at = (name: string) => join(parent, name);
const kinds = (events: readonly TrainEvent[]) => events.map(({ kind, step }) => `${kind} ${step}`);

/** Every decisive byte of a run's end. */
async function bytesOf(path: string, step: number): Promise<Record<string, string>> {
  const names = await readdir(join(path, 'checkpoints', `step-${step}`));
  const contents = decisiveFiles(step, names).map(
    async (name) => [name, (await readFile(join(path, name))).toString('base64')] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}

describe.each(taskNames)('a resumed run of the %s task', (name) => {
  it('equals an unbroken one byte for byte, over epochs and with other intervals of saving', async () => {
    const unbroken = tinyTask(engine, name);
    await trainIn(at('whole'), unbroken, { config: { updates: 9, checkpointEvery: 100 } });
    unbroken.dispose();
    const first = tinyTask(engine, name);
    await trainIn(at('parts'), first, { config: { updates: 4, checkpointEvery: 3 } });
    first.dispose();
    for (const updates of [5, 9]) {
      const next = tinyTask(engine, name);
      const { events } = await trainIn(at('parts'), next, {
        resume: 'latest',
        config: { updates, checkpointEvery: 2 },
      });
      expect(events[0]).toMatchObject({ kind: 'start', step: updates === 5 ? 4 : 5, updates });
      next.dispose();
    }
    expect(await bytesOf(at('parts'), 9)).toEqual(await bytesOf(at('whole'), 9));
  });
});

describe('createTrainer', () => {
  it('tells what happens, in order', async () => {
    const task = tinyTask(engine, 'teacher');
    let time = 0;
    const { events, result } = await trainIn(at('run'), task, {
      clock: () => (time += 500),
      config: { updates: 5, logEvery: 2, checkpointEvery: 3, sampleEvery: 4 },
      sample: async (parameters: Parameters, step) => [`${Object.keys(parameters).length} at ${step}`],
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
    const task = tinyTask(engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 7, checkpointEvery: 1, keep: { last: 2, every: 4 } } });
    expect((await readdir(at('run/checkpoints'))).sort()).toEqual(['latest', 'step-4', 'step-6', 'step-7']);
    task.dispose();
  });

  it('makes each checkpoint a model folder that holds the average', async () => {
    const task = tinyTask(engine, 'distillation');
    const { result } = await trainIn(at('run'), task, { config: { updates: 2 } });
    const loaded = await loadModel(result.checkpoint.path);
    expect(loaded).toMatchObject({ type: 'mdlm', config, metadata: { role: 'student', group: 'ema', step: '2' } });
    for (const [name, value] of Object.entries(task.networks()['student']!.ema))
      expect(loaded.parameters[name]!.dataSync()).toEqual(value.dataSync());
    expect(await readFile(join(result.checkpoint.path, 'tokenizer.json'), 'utf8')).toBe('{}\n');
    tf.dispose(loaded.parameters as never);
    task.dispose();
  });

  it('ends after the update under way when aborted, saves, and can be resumed', async () => {
    const task = tinyTask(engine, 'teacher');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    const { events, result } = await trainIn(at('run'), task, {
      config: { updates: 100_000 },
      signal: abort.signal,
    });
    expect(result.interrupted).toBe(true);
    expect(result.step).toBeLessThan(100_000);
    expect(kinds(events).at(-1)).toBe(`checkpoint ${result.step}`);
    const again = tinyTask(engine, 'teacher');
    const resumed = await trainIn(at('run'), again, { resume: 'latest', config: { updates: result.step + 1 } });
    expect(resumed.events[0]).toMatchObject({ kind: 'start', step: result.step, resumed: result.checkpoint });
    task.dispose();
    again.dispose();
  });

  it('does not hold an abort up with samples', async () => {
    const task = tinyTask(engine, 'teacher');
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
    const task = tinyTask(engine, 'teacher');
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
    const task = tinyTask(engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 4, checkpointEvery: 2 } });
    const { events } = await trainIn(at('run'), task, { resume: { step: 2 }, config: { updates: 4 } });
    expect(kinds(events)).toEqual(['start 2', 'metrics 3', 'metrics 4', 'checkpoint 4']);
    const missing = trainIn(at('run'), task, { resume: { step: 3 }, config: { updates: 4 } });
    await expect(missing).rejects.toThrow('has no checkpoint of step 3; it has those of steps 4, 2.');
    task.dispose();
  });

  it('begins anew, and says so, when a run was killed before its first checkpoint', async () => {
    const task = tinyTask(engine, 'teacher');
    const store = diskCheckpointStore(at('empty'));
    const trainer = createTrainer({ task, model, store, resume: 'latest', config: { updates: 0 }, clock: () => 0 });
    const events: TrainEvent[] = [];
    for await (const event of trainer.run()) events.push(event);
    expect(events[1]).toMatchObject({ kind: 'warning', message: 'There is no checkpoint yet; the run begins anew.' });
    task.dispose();
  });

  it('does not save twice at one step', async () => {
    const task = tinyTask(engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 2 } });
    const { events } = await trainIn(at('run'), task, { resume: 'latest', config: { updates: 2 } });
    expect(kinds(events)).toEqual(['start 2']);
    task.dispose();
  });

  it('saves between two updates when asked', async () => {
    const task = tinyTask(engine, 'teacher');
    const store = diskCheckpointStore(at('store'));
    const trainer = createTrainer({ task, model, store, config: { updates: 3 }, clock: () => 0 });
    for await (const event of trainer.run())
      if (event.kind === 'metrics' && event.step === 2) expect((await trainer.snapshot()).step).toBe(2);
    expect((await readdir(at('store'))).sort()).toEqual(['latest', 'step-2', 'step-3']);
    task.dispose();
  });
});

describe('refusals', () => {
  const resume = (task = tinyTask(engine, 'teacher'), more = {}) =>
    trainIn(at('run'), task, { resume: 'latest', config: { updates: 3 }, ...more }).finally(() => task.dispose());

  beforeEach(async () => {
    const task = tinyTask(engine, 'teacher');
    await trainIn(at('run'), task, { config: { updates: 2 }, identity: { data: 'abc', seed: 1 } });
    task.dispose();
  });

  it.each([
    ['data', { identity: { data: 'xyz', seed: 1 } }, 'data "abc" and this run has "xyz"'],
    [
      'vocabulary',
      { model: { ...model, config: { ...config, vocabSize: 9 } } },
      'model.vocab_size 7 and this run has 9',
    ],
    [
      'architecture',
      { model: { ...model, config: { ...config, hidden: 32 } } },
      'model.hidden_dim 16 and this run has 32',
    ],
    ['family', { model: { ...model, type: 'duo' } }, 'model.model_type "mdlm" and this run has "duo"'],
  ])('of another %s name both values', async (_, more, message) => {
    const before = await bytesOf(at('run'), 2);
    const tensors = tf.memory().numTensors;
    await expect(resume(undefined, more)).rejects.toThrow(message);
    expect(await bytesOf(at('run'), 2)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('of another task name both', async () => {
    await expect(resume(tinyTask(engine, 'distillation'))).rejects.toThrow(
      'task "teacher" and this run has "distillation"',
    );
  });

  it('of a step that is not finite name the step, the value and the last good checkpoint', async () => {
    const identity = { data: 'abc', seed: 1 };
    const rates = tinyTeacher(engine, { optimizer: { ...optimizer(), rate: (k) => (k >= 3 ? NaN : 1e-3) } });
    const failing = resume(rates, { config: { updates: 9 }, identity });
    await expect(failing).rejects.toThrow(
      `Update 4 was refused: the learning rate of the teacher is not finite. Its weights are as before; the last good checkpoint is ${at('run/checkpoints/step-2')}.`,
    );
    await expect(failing).rejects.toMatchObject({ exitCode: 2, cause: { name: 'NonFiniteStep' } });
    expect(await readdir(at('run/checkpoints'))).toEqual(['latest', 'step-2']);
  });

  it('of a snapshot after a refused update', async () => {
    const task = tinyTeacher(engine, { optimizer: { ...optimizer(), rate: () => NaN } });
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
    const task = tinyTask(engine, 'teacher');
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
    const task = tinyTask(engine, 'teacher');
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

describe('textSampler', () => {
  it('draws the same texts from the same network, and keeps no tensors', async () => {
    const task = tinyTask(engine, 'teacher');
    const sample = textSampler({
      engine,
      family: tinyFamily(),
      denoiser: dit(config),
      sampler: ancestral(),
      grid: timeGrid(4),
      count: 3,
      length: config.length,
      random: randomStream(2),
      decode: (ids) => Array.from(ids).join(''),
    });
    const { ema } = task.networks()['teacher']!;
    const tensors = tf.memory().numTensors;
    const texts = await sample(ema, 1);
    expect(texts).toHaveLength(3);
    texts.forEach((text) => expect(text).toMatch(/^[0-5]{8}$/));
    expect(await sample(ema, 2)).toEqual(texts);
    expect(tf.memory().numTensors).toBe(tensors);
    task.dispose();
  });
});
