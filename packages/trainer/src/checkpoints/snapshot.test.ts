import { readSafetensors, writeSafetensors } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { config } from '../../test/tiny';
import { model, tinyTask } from '../../test/train';
import { groupsOf } from '../networks/network-state';
import type { Task } from '../tasks/task';
import type { GuardState } from './guard-state';
import { STATE, parseState, restoreSnapshot, snapshotFiles } from './snapshot';

let engine: Engine;
let trained: Task;
let files: Map<string, Uint8Array>;
beforeAll(async () => {
  engine = await useBackend();
  trained = tinyTask(engine, 'distillation');
  for (let k = 0; k < 2; k++) await trained.update(k);
  files = new Map();
  for await (const { name, bytes } of snapshotFiles(trained, 2, model, { seed: 1 })) files.set(name, bytes);
});
afterAll(() => trained.dispose());

const reader = (from: ReadonlyMap<string, Uint8Array>) => async (name: string) => {
  const bytes = from.get(name);
  if (!bytes) throw new Error(`no ${name}`);
  return bytes;
};
const restore = (task: Task, from: ReadonlyMap<string, Uint8Array> = files, identity = { seed: 1 }) =>
  restoreSnapshot(task, model, identity, reader(from), 'The snapshot');
const bits = (task: Task) =>
  Object.entries(task.networks()).map(([role, state]) => [
    role,
    state.updates,
    ...Object.values(groupsOf(state)).flatMap((group) =>
      Object.values(group).map((tensor) => Array.from(tensor.dataSync())),
    ),
  ]);
const text = (name: string) => new TextDecoder().decode(files.get(name));

describe('snapshotFiles', () => {
  it('holds a model folder, every group of every network, and the state', () => {
    const groups = ['student.weights', 'student.first', 'student.second', 'fake.weights', 'fake.first', 'fake.second'];
    const weights = [...groups, 'fake.ema', 'model'].map((name) => `${name}.safetensors`);
    expect([...files.keys()].sort()).toEqual(['config.json', STATE, 'tokenizer.json', ...weights].sort());
    expect(JSON.parse(text('config.json'))).toMatchObject({
      model_type: 'mdlm',
      family: model.family,
      vocab_size: config.vocabSize,
    });
    expect(JSON.parse(text(STATE))).toMatchObject({
      version: 1,
      task: 'distillation',
      step: 2,
      result: 'student',
      updates: { student: 2, fake: 4 },
      identity: { seed: 1, task: 'distillation' },
    });
  });

  it('tells what the model is, of which update, and what a guard chose', async () => {
    const made = { objective: { name: 'idlm' }, teacher: 'abc' };
    const told = { ...model, origin: { role: 'student', made } };
    const textsOf = async (guard?: GuardState) => {
      const found: Record<string, string> = {};
      for await (const { name, bytes } of snapshotFiles(trained, 2, told, { seed: 1 }, guard))
        if (/config\.json|README/.test(name)) found[name] = new TextDecoder().decode(bytes);
      return { card: found['README.md'], origin: (JSON.parse(found['config.json']!) as { idlm: unknown }).idlm };
    };
    const plain = await textsOf();
    expect(plain.origin).toEqual({ role: 'student', made: { ...made, updates: 2 } });
    expect(plain.card).toContain('| updates | 2 |\n| objective | idlm |');
    const kept = { step: 1, file: files.get('model.safetensors')!, score: 3 };
    const guarded = await textsOf({ checked: 2, failures: 1, kept });
    expect(guarded.origin).toMatchObject({ made: { updates: 1, guard: { kept: 1, score: 3 } } });
    expect(guarded.card).toContain('| guard | kept the weights of update 1 (score 3) |');
  });

  it('is the same for the same state', async () => {
    for await (const { name, bytes } of snapshotFiles(trained, 2, model, { seed: 1 }))
      expect(Buffer.from(bytes).equals(Buffer.from(files.get(name)!))).toBe(true);
  });
});

describe('restoreSnapshot', () => {
  it('brings every bit back and leaves no tensor behind', async () => {
    const task = tinyTask(engine, 'distillation');
    const tensors = tf.memory().numTensors;
    expect(await restore(task)).toBe(2);
    expect(bits(task)).toEqual(bits(trained));
    expect(tf.memory().numTensors).toBe(tensors);
    task.dispose();
  });

  it.each([
    ['a missing file', (from: Map<string, Uint8Array>) => from.delete('fake.second.safetensors'), 'no fake.second'],
    [
      'a truncated file',
      (from: Map<string, Uint8Array>) =>
        from.set('fake.ema.safetensors', files.get('fake.ema.safetensors')!.slice(0, 90)),
      'fake.ema.safetensors is no valid safetensors file',
    ],
    [
      'state of a later program',
      (from: Map<string, Uint8Array>) => from.set(STATE, Buffer.from('{"version":2}')),
      'The snapshot has state of version 2; this program reads version 1.',
    ],
    [
      'state that is cut short',
      (from: Map<string, Uint8Array>) => from.set(STATE, files.get(STATE)!.slice(0, 50)),
      'The snapshot has a state.json that is no JSON; go on from another checkpoint',
    ],
    [
      'state of lists within one another',
      (from: Map<string, Uint8Array>) =>
        from.set(STATE, Buffer.from(`{"version":1,"identity":${'['.repeat(500)}${']'.repeat(500)}}`)),
      'The snapshot has a state.json that holds more than 500 lists and objects within one another',
    ],
  ])('refuses %s and leaves the task as it was', async (_, damage, message) => {
    const task = tinyTask(engine, 'distillation');
    const before = { bits: bits(task), tensors: tf.memory().numTensors };
    const damaged = new Map(files);
    damage(damaged);
    await expect(restore(task, damaged)).rejects.toThrow(message);
    expect(bits(task)).toEqual(before.bits);
    expect(tf.memory().numTensors).toBe(before.tensors);
    task.dispose();
  });

  it('takes a snapshot of before optimizers were a choice, whose moments have the names of the public layout', async () => {
    const older = new Map(files);
    const { identity, ...state } = parseState(files.get(STATE)!, 'The snapshot');
    const { optimizers: _, ...rest } = identity;
    older.set(STATE, new TextEncoder().encode(JSON.stringify({ ...state, identity: rest })));
    for (const name of [...files.keys()].filter((each) => /(first|second)\.safetensors$/.test(each))) {
      const { tensors, metadata } = readSafetensors(files.get(name)!);
      const named = Object.entries(tensors).map(([tensor, entry]) => [`backbone.${tensor}`, entry]);
      const inverse = { dtype: 'F32' as const, shape: [1], bytes: new Uint8Array(4) };
      const buffer = { 'backbone.rotary_emb.inv_freq': inverse };
      older.set(name, writeSafetensors({ tensors: { ...Object.fromEntries(named), ...buffer }, metadata }));
    }
    const task = tinyTask(engine, 'distillation');
    await restore(task, older);
    expect(bits(task)).toEqual(bits(trained));
    task.dispose();
  });

  it('refuses to go on with another optimizer', async () => {
    const task = tinyTask(engine, 'distillation');
    const other = { ...task, optimizers: { ...task.optimizers, student: { name: 'lion' } } };
    await expect(restore(other)).rejects.toThrow('optimizers.student "adamw" and this run has "lion"');
    task.dispose();
  });

  it('takes a snapshot whose family has other options', async () => {
    const other = { ...model, family: { name: 'mdlm' } };
    const task = tinyTask(engine, 'distillation');
    expect(await restoreSnapshot(task, other, { seed: 1 }, reader(files), 'The snapshot')).toBe(2);
    task.dispose();
  });

  it('refuses a snapshot of something else before it reads a weight', async () => {
    const onlyState = new Map([[STATE, files.get(STATE)!]]);
    await expect(restore(trained, onlyState, { seed: 9 })).rejects.toThrow('seed 1 and this run has 9');
  });
});

describe('parseState', () => {
  it('reads what was written', () => {
    expect(parseState(files.get(STATE)!, 'x').step).toBe(2);
  });
});

it('reads the count of failed checks by the name that it had in earlier builds', () => {
  const read = (guard: object) =>
    parseState(new TextEncoder().encode(JSON.stringify({ version: 1, guard })), 'step-2').guard;
  const guard = { checked: 4, failures: 2, kept: 2 };
  expect(read(guard)).toEqual(guard);
  expect(read({ checked: 4, strikes: 2, kept: 2 })).toEqual(guard);
});
