import { type Parameters, randomStream } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { objectives } from '@idlm/idlm-loss';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import {
  config,
  countingLoader,
  optimizer,
  tinyDistillation,
  tinyFamily,
  tinyParameters,
  tinyScorer,
  tinyTeacher,
} from '../../test/tiny';
import { type NetworkState, type StateGroups, copyParameters, groupsOf, stateOf } from '../networks/network-state';
import { NonFiniteStep } from '../steps/step';
import type { Metrics, Task } from './task';

let engine: Engine;
let teacher: Parameters;
beforeAll(async () => {
  engine = await useBackend();
  teacher = tinyParameters(5);
});

/** Every number of a parameter set or network, to compare bits. */
const bits = (parameters: Parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));
const allBits = (state: NetworkState) => Object.values(groupsOf(state)).map(bits);

async function train(task: Task, from: number, to: number): Promise<Metrics[]> {
  const metrics: Metrics[] = [];
  for (let k = from; k < to; k++) metrics.push(await task.update(k));
  return metrics;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const fallsOver = async (task: Task, metric: string, updates = 60) => {
  const losses = (await train(task, 0, updates)).map((metrics) => metrics[metric]!);
  return [mean(losses.slice(0, 10)), mean(losses.slice(-10))] as const;
};

describe('teacherTask', () => {
  it('learns a text: its loss falls', async () => {
    const task = tinyTeacher(engine, { optimizer: optimizer(1e-2) });
    const [first, last] = await fallsOver(task, 'teacher/loss');
    expect(last).toBeLessThan(0.8 * first);
    task.dispose();
  });

  it('makes update k a pure function of state, seed and k', async () => {
    const [whole, parts, other] = [
      tinyTeacher(engine),
      tinyTeacher(engine),
      tinyTeacher(engine, { random: randomStream(4) }),
    ];
    await train(whole, 0, 3);
    await train(other, 0, 3);
    await parts.update(0);
    // A step out of turn on a copy must not disturb the ones that follow.
    const resumed = tinyTeacher(engine);
    await resumed.update(2);
    const { teacher: saved } = parts.networks();
    resumed.restore({ teacher: copyOf(saved!) });
    await train(resumed, 1, 3);
    expect(allBits(resumed.networks()['teacher']!)).toEqual(allBits(whole.networks()['teacher']!));
    expect(allBits(other.networks()['teacher']!)).not.toEqual(allBits(whole.networks()['teacher']!));
    [whole, parts, other, resumed].forEach((task) => task.dispose());
  });

  it('accumulates gradients: several parts make one update on fresh data each', async () => {
    const asked: number[] = [];
    const loader = countingLoader();
    const recording = { ...loader, at: (k: number) => (asked.push(k), loader.at(k)) };
    const task = tinyTeacher(engine, { accumulate: 3, loader: recording });
    expect(task.tokensPerUpdate).toBe(3 * loader.batch * loader.length);
    await task.update(2);
    expect(asked.slice(0, 3)).toEqual([6, 7, 8]);
    expect(task.networks()['teacher']!.updates).toBe(1);
    task.dispose();
  });

  it('refuses to accumulate a part of a batch', () => {
    expect(() => tinyTeacher(engine, { accumulate: 1.5 })).toThrow('accumulate is a whole number, at least 1; 1.5');
  });
});

/** The same state in tensors of its own. */
const copyOf = (state: NetworkState): NetworkState => {
  const copies = Object.entries(groupsOf(state)).map(([group, tensors]) => [group, copyParameters(tensors)]);
  return stateOf(Object.fromEntries(copies) as StateGroups, state.updates);
};

describe('autoregressiveTask', () => {
  const scorer = (accumulate = 1) => tinyScorer(engine, { optimizer: optimizer(1e-2), accumulate });

  it.each([1, 2])('learns the next token with %p parts per update', async (accumulate) => {
    const task = scorer(accumulate);
    const [first, last] = await fallsOver(task, 'scorer/loss', 40);
    expect(first).toBeGreaterThan(1);
    expect(last).toBeLessThan(0.6 * first);
    task.dispose();
  });
});

describe('what counts of next-token loss', () => {
  const lossWith = async (marks: { readonly valid?: Uint8Array; readonly counted?: Uint8Array }): Promise<number> => {
    const loader = countingLoader();
    const task = tinyScorer(engine, {
      optimizer: optimizer(0),
      loader: { ...loader, at: (k) => ({ ...loader.at(k), ...marks }) },
    });
    const { 'scorer/loss': loss } = await task.update(0);
    task.dispose();
    return loss!;
  };
  const marked = (isOne: (place: number) => boolean) => {
    const { batch, length } = countingLoader();
    return Uint8Array.from({ length: batch * length }, (_, i) => Number(isOne(i % length)));
  };

  it('is what is neither given nor uncounted, each of it as much', async () => {
    const [behind, before] = [marked((place) => place > 1), marked((place) => place < 3)];
    const both = await lossWith({ valid: behind, counted: before });
    expect(both).toBeCloseTo(await lossWith({ valid: marked((place) => place === 2) }), 6);
    expect(await lossWith({ counted: before })).toBeCloseTo(await lossWith({ valid: before }), 6);
    for (const other of [{}, { valid: behind }, { counted: before }])
      expect(Math.abs((await lossWith(other)) - both)).toBeGreaterThan(1e-4);
  });
});

describe('distillationTask', () => {
  it('starts student and fake as copies of the teacher: the first student loss is what the fake has moved', async () => {
    const task = tinyDistillation(engine, teacher, { fake: { ...optimizer(), rate: () => 0 } });
    const { student, fake } = task.networks();
    expect(bits(student!.weights)).toEqual(bits(teacher));
    expect(bits(fake!.weights)).toEqual(bits(teacher));
    // With teacher = fake the student's loss and gradient are exactly 0.
    expect(await task.update(0)).toMatchObject({ 'student/loss': 0, 'student/gradient-norm': 0 });
    task.dispose();
  });

  it('makes fakeUpdates fake steps on fresh data, then a student step', async () => {
    const asked: number[] = [];
    const loader = countingLoader();
    const task = tinyDistillation(engine, teacher, {
      fakeUpdates: 3,
      loader: { ...loader, at: (k) => (asked.push(k), loader.at(k)) },
    });
    await task.update(1);
    expect(asked.slice(0, 4)).toEqual([4, 5, 6, 7]);
    const { student, fake } = task.networks();
    expect([student!.updates, fake!.updates]).toEqual([1, 3]);
    expect(task.tokensPerUpdate).toBe(4 * loader.batch * loader.length);
    task.dispose();
  });

  it('never changes the teacher, and lets each step change its own network only', async () => {
    const before = bits(teacher);
    const task = tinyDistillation(engine, teacher, { student: { ...optimizer(), rate: () => 0 } });
    await train(task, 0, 3);
    const still = task.networks();
    expect(bits(still['student']!.weights)).toEqual(before);
    expect(bits(still['fake']!.weights)).not.toEqual(before);
    task.dispose();
    const other = tinyDistillation(engine, teacher, { fake: { ...optimizer(), rate: () => 0 } });
    await train(other, 0, 3);
    expect(bits(other.networks()['fake']!.weights)).toEqual(before);
    expect(bits(teacher)).toEqual(before);
    other.dispose();
  });

  it('reports both networks, and moves the student once the fake has moved', async () => {
    const task = tinyDistillation(engine, teacher);
    const [, second] = await train(task, 0, 2);
    const third = await task.update(2, undefined, true);
    for (const role of ['student', 'fake']) {
      expect(third[`${role}/update-ratio`]).toBeGreaterThan(0);
      expect(second).not.toHaveProperty(`${role}/update-ratio`);
    }
    const names = ['loss', 'gradient-norm', 'rate'].flatMap((name) => [`student/${name}`, `fake/${name}`]);
    expect(Object.keys(second!)).toEqual(expect.arrayContaining([...names, 'student/teacherLoss', 'student/fakeLoss']));
    const { 'student/loss': loss, 'student/teacherLoss': a, 'student/fakeLoss': b } = second as Record<string, number>;
    expect(loss).toBeCloseTo(a! - b!, 4);
    expect(bits(task.networks()['student']!.weights)).not.toEqual(bits(teacher));
    task.dispose();
  });

  const otherObjective = (name: string, options = {}) =>
    objectives.create({ name, options }, { family: tinyFamily(), denoiser: dit(config) });

  it.each(['studentFeeds', 'fakeFeeds'])('refuses an objective whose %s gives nothing', async (name) => {
    const objective = { ...otherObjective('idlm'), [name]: () => undefined } as never;
    const task = tinyDistillation(engine, teacher, { objective });
    await expect(task.update(0)).rejects.toThrow(
      `${name} of the objective "idlm" must give an object of feeds; it gave undefined.`,
    );
    task.dispose();
  });

  it('trains the student alone where the objective has no second network', async () => {
    const task = tinyDistillation(engine, teacher, { objective: otherObjective('continued-training'), fakeUpdates: 3 });
    const [metrics] = await train(task, 0, 1);
    expect(Object.keys(task.networks())).toEqual(['student']);
    expect(Object.keys(metrics!).some((name) => name.startsWith('fake'))).toBe(false);
    expect(task.tokensPerUpdate).toBe(countingLoader().batch * config.length);
    task.dispose();
  });

  it('lets the student’s average take the teacher’s place when the objective says so, and resumes with it', async () => {
    const make = () =>
      tinyDistillation(engine, teacher, { objective: otherObjective('sdtt', { steps: 8, refreshEvery: 2 }) });
    const [whole, parts] = [make(), make()];
    await train(whole, 0, 2);
    expect(bits(whole.networks()['teacher']!.weights)).toEqual(bits(teacher));
    const average = bits(whole.networks()['student']!.ema);
    await train(whole, 2, 3);
    expect(bits(whole.networks()['teacher']!.weights)).toEqual(average);
    await train(whole, 3, 5);
    await train(parts, 0, 3);
    const resumed = make();
    resumed.restore(Object.fromEntries(Object.entries(parts.networks()).map(([role, state]) => [role, copyOf(state)])));
    await train(resumed, 3, 5);
    for (const role of ['student', 'teacher'])
      expect(allBits(resumed.networks()[role]!)).toEqual(allBits(whole.networks()[role]!));
    [whole, parts, resumed].forEach((task) => task.dispose());
  });

  it('takes a distilled student for a teacher like any other', async () => {
    const first = tinyDistillation(engine, teacher);
    await train(first, 0, 5);
    const student = first.networks()['student']!.ema;
    const [written, parameters] = [bits(student), copyParameters(student)];
    const second = tinyDistillation(engine, student);
    first.dispose();
    expect(written).not.toEqual(bits(teacher));
    // Student and fake begin as what the first student has become.
    for (const role of ['student', 'fake']) expect(bits(second.networks()[role]!.weights)).toEqual(written);
    const metrics = await train(second, 0, 3);
    // The same weights read from elsewhere teach the same, bit for bit.
    const other = tinyDistillation(engine, parameters);
    expect(await train(other, 0, 3)).toEqual(metrics);
    for (const role of ['student', 'fake'])
      expect(allBits(second.networks()[role]!)).toEqual(allBits(other.networks()[role]!));
    expect(bits(parameters)).toEqual(written);
    [second, other].forEach((task) => task.dispose());
    tf.dispose(parameters);
  });

  it.each([{ fakeUpdates: 0 }, { fakeUpdates: 1.5 }, { accumulate: 0 }])('refuses %j', (more) => {
    expect(() => tinyDistillation(engine, teacher, more)).toThrow('is a whole number, at least 1');
  });
});

describe('tensors', () => {
  const sdtt = () =>
    objectives.create({ name: 'sdtt', options: { refreshEvery: 2 } }, { family: tinyFamily(), denoiser: dit(config) });
  const tasks = {
    teacher: () => tinyTeacher(engine),
    'a renewed teacher': () => tinyDistillation(engine, teacher, { objective: sdtt() }),
    accumulated: () => tinyTeacher(engine, { accumulate: 2 }),
    distillation: () => tinyDistillation(engine, teacher, { fakeUpdates: 2 }),
    'accumulated distillation': () => tinyDistillation(engine, teacher, { accumulate: 2 }),
  };

  it.each(Object.keys(tasks) as (keyof typeof tasks)[])('keep their number from update to update: %s', async (name) => {
    const empty = tf.memory().numTensors;
    const task = tasks[name]();
    await task.update(0);
    const before = tf.memory().numTensors;
    await train(task, 1, 4);
    expect(tf.memory().numTensors).toBe(before);
    task.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  });

  it('keep their number when a step is refused, and the network its bits', async () => {
    const broken = tinyTeacher(engine, { optimizer: { ...optimizer(), rate: (k) => (k === 1 ? 1e30 : 1e-3) } });
    await broken.update(0);
    await broken.update(1);
    const before = { tensors: tf.memory().numTensors, bits: allBits(broken.networks()['teacher']!) };
    await expect(broken.update(2)).rejects.toThrow(NonFiniteStep);
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(allBits(broken.networks()['teacher']!)).toEqual(before.bits);
    broken.dispose();
  });
});
