import { type Communicator, ranksInMemory } from '@idlm/core-diffusion/ranks';
import { type Engine, isInstalled, openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Task } from '../tasks/task';
import { countingLoader, tinyDistillation, tinyParameters, tinyScorer, tinyTeacher } from '../../test/tiny';
import { sumOverRanks } from './sum-over-ranks';

/** Updates that are compared. */
const UPDATES = 3;

const engines = ['wasm', ...(isInstalled() ? ['native' as const] : [])] as const;

describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => (engine = await openEngine({ prefer: name, threads: 1 })));
  beforeEach(() => tf.setBackend(name === 'native' ? 'tensorflow' : name));

  type Make = (over: { ranks?: Communicator; accumulate: number; wire?: 'bfloat16' }) => Task;
  const teacher: Make = (over) => tinyTeacher(engine, over);
  const scorer: Make = (over) => tinyScorer(engine, over);
  const distilled: Make = (over) => {
    const weights = tinyParameters(5);
    const task = tinyDistillation(engine, weights, { ...over, loader: countingLoader(2) });
    tf.dispose(weights);
    return task;
  };

  /** Weights and told numbers after some updates. */
  async function train(task: Task) {
    let told: Record<string, number> = {};
    for (let k = 0; k < UPDATES; k++) told = { ...(await task.update(k)) };
    const weights: number[] = [];
    for (const { weights: all } of Object.values(task.networks()))
      for (const tensor of Object.values(all)) weights.push(...(await tensor.data()));
    task.dispose();
    return { told, weights };
  }

  const differenceOf = (a: readonly number[], b: readonly number[]): number =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

  it.each([
    ['a teacher', teacher, 2, 2],
    ['a teacher', teacher, 4, 4],
    ['a teacher of parts that do not divide', teacher, 2, 3],
    ['a student and its fake', distilled, 2, 2],
    ['a scorer', scorer, 4, 4],
  ])('%s is by %4$s ranks what it is by one', async (_what, make, size, accumulate) => {
    const alone = await train(make({ accumulate }));
    const before = tf.memory().numTensors;
    const shared = await Promise.all(ranksInMemory(size).map((ranks) => train(make({ accumulate, ranks }))));
    expect(tf.memory().numTensors).toBe(before);
    for (const { told, weights } of shared) {
      // All ranks have the same bits.
      expect(weights).toEqual(shared[0]!.weights);
      expect(told).toEqual(shared[0]!.told);
      // Steps of AdamW are up to 3e-3 long, and sums of another order round otherwise.
      expect(differenceOf(weights, alone.weights)).toBeLessThan(2e-5);
      for (const [key, value] of Object.entries(alone.told)) expect(told[key]).toBeCloseTo(value, 4);
    }
  });

  it('gradients may be rounded on their way, losses are not', async () => {
    const wires: string[] = [];
    const [first, second] = ranksInMemory(2).map((ranks): Communicator => ({
      ...ranks,
      async sum(values, wire = 'float32') {
        if (ranks.rank === 0) wires.push(`${wire} ${values.length > 4 ? 'gradients' : 'scalars'}`);
        await ranks.sum(values);
      },
    }));
    const make = (ranks: Communicator) => train(teacher({ accumulate: 2, ranks, wire: 'bfloat16' }));
    await Promise.all([make(first!), make(second!)]);
    expect(wires).toEqual(Array.from({ length: UPDATES }, () => ['float32 scalars', 'bfloat16 gradients']).flat());
  });

  it('gradients that lie on GPUs are added there where ranks can, and others are not', async () => {
    const lengths: number[] = [];
    const onDevice: NonNullable<Engine['onDevice']> = async (tensors, _kept, use) => {
      await use(tensors.map(({ size }, i) => ({ address: i, length: size })));
      return [...tensors];
    };
    const [ranks] = ranksInMemory(1);
    const sumOnDevice = async (numbers: readonly { readonly length: number }[]) =>
      void lengths.push(...numbers.map(({ length }) => length));
    const sum = async (over: { wire?: 'bfloat16' }, engineOf: Pick<Engine, 'onDevice'>) => {
      const given = { loss: tf.scalar(1), stats: {}, gradients: { a: tf.zeros([3]), b: tf.zeros([2, 2]) } };
      const found = await sumOverRanks(engineOf, given, [], { ranks: { ...ranks!, sumOnDevice }, ...over });
      tf.dispose([found.loss, ...Object.values(found.gradients)]);
      return lengths.splice(0);
    };
    expect(await sum({}, { onDevice })).toEqual([3, 4]);
    expect(await sum({ wire: 'bfloat16' }, { onDevice })).toEqual([]);
    expect(await sum({}, {})).toEqual([]);
  });

  it('refuses more ranks than an update has batches', () => {
    const [ranks] = ranksInMemory(3);
    expect(() => teacher({ accumulate: 2, ranks })).toThrow(
      'An update has 2 batches, of which 3 ranks have none each; set accumulate to 3 or more, or start fewer ranks.',
    );
  });

  it('tensors that lie in one place, or in that of weights, are added once, and weights stay', async () => {
    const sums = await Promise.all(
      ranksInMemory(2).map(async (ranks) => {
        const weight = tf.tensor1d(new Float32Array(70_000).fill(1));
        const [one, small] = [tf.tensor1d(new Float32Array(20_000).fill(2)), tf.tensor1d([5, 6])];
        const gradients = { a: one, b: tf.clone(one), weight: tf.clone(weight), small };
        const given = { loss: tf.scalar(1), stats: {}, gradients };
        const found = await sumOverRanks(engine, given, [weight], { ranks });
        const read = async (tensor: tf.Tensor) => [...new Set(await tensor.data())];
        const told = await Promise.all([...Object.values(found.gradients), weight, found.loss].map(read));
        tf.dispose([...Object.values(found.gradients), weight, found.loss]);
        return told;
      }),
    );
    for (const told of sums) expect(told).toEqual([[4], [4], [2], [10, 12], [1], [2]]);
  });
});
