import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { model, tinyTask } from '../../test/train';
import { memoryCheckpointStore } from '../checkpoints/memory-store';
import type { CheckpointStore } from '../checkpoints/store';
import type { TrainEvent } from '../logs/events';
import type { TrainerConfig } from './options';
import { createTrainer } from './trainer';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

/** A store whose thread begins to read a checkpoint's files only once it is let. */
function gatedStore() {
  const store = memoryCheckpointStore();
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const saveInThread: CheckpointStore['save'] = async (step, files) => {
    await gate;
    return store.save(step, files);
  };
  return { store: { ...store, saveInThread }, open: () => open() };
}

/** Runs a task of which checkpoints are written beside updates; the gate opens at an event. */
async function runBeside(config: TrainerConfig, opensAt: string) {
  const { store, open } = gatedStore();
  const task = tinyTask(engine, 'distillation');
  const trainer = createTrainer({ task, model, store, config: { besideFrom: 0, ...config }, clock: () => 0 });
  const events: string[] = [];
  const note = ({ kind, step }: TrainEvent) => {
    events.push(`${kind} ${step}`);
    if (events.at(-1) === opensAt) open();
  };
  for await (const event of trainer.run()) note(event);
  task.dispose();
  return { store, events };
}

const filesOf = async (store: CheckpointStore, step: number) => {
  const names = ['student.weights.safetensors', 'student.first.safetensors', 'fake.weights.safetensors', 'state.json'];
  const checkpoint = await store.find(step);
  return Promise.all(names.map(async (name) => Buffer.from(await store.read(checkpoint, name)).toString('base64')));
};

describe('a checkpoint that is written beside updates', () => {
  it('holds the step at which it was due, and is told once it is written', async () => {
    const tensors = tf.memory().numTensors;
    const { store, events } = await runBeside({ updates: 6, checkpointEvery: 2 }, 'metrics 3');
    expect(events.slice(0, 4)).toEqual(['start 0', 'metrics 1', 'metrics 2', 'metrics 3']);
    expect(events.indexOf('checkpoint 2')).toBeLessThan(events.indexOf('metrics 5'));
    expect(events.filter((event) => event.startsWith('checkpoint'))).toEqual([2, 4, 6].map((n) => `checkpoint ${n}`));
    const plain = await runBeside({ updates: 6, checkpointEvery: 2, besideFrom: Infinity }, '');
    for (const step of [2, 4, 6]) expect(await filesOf(store, step)).toEqual(await filesOf(plain.store, step));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('holds up the next one, not the updates between them', async () => {
    const { events } = await runBeside({ updates: 5, checkpointEvery: 2 }, 'metrics 4');
    expect(events.indexOf('checkpoint 2')).toBeGreaterThan(events.indexOf('metrics 4'));
    expect(events.at(-1)).toBe('checkpoint 5');
  });

  it('that cannot be written ends the run, and frees what was held', async () => {
    const tensors = tf.memory().numTensors;
    const task = tinyTask(engine, 'teacher');
    const saveInThread = () => Promise.reject(new Error('the disk is full'));
    const store = { ...memoryCheckpointStore(), saveInThread };
    const config = { updates: 9, checkpointEvery: 2, besideFrom: 0 };
    const trainer = createTrainer({ task, model, store, config, clock: () => 0 });
    const all = async () => {
      for await (const event of trainer.run()) void event;
    };
    await expect(all()).rejects.toThrow('the disk is full');
    task.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('is waited for when nobody asks for events any more', async () => {
    const tensors = tf.memory().numTensors;
    const { store, open } = gatedStore();
    const task = tinyTask(engine, 'teacher');
    const config = { updates: 9, checkpointEvery: 2, besideFrom: 0 };
    for await (const event of createTrainer({ task, model, store, config, clock: () => 0 }).run()) {
      if (event.step < 3) continue;
      open();
      break;
    }
    expect((await store.latest()).checkpoint?.step).toBe(2);
    task.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
