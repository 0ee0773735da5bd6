import { type Feed, floatFeed } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type NetworkState, disposeNetwork, groupsOf, startNetwork } from '../networks/network-state';
import { adamw } from '../optimizers/adamw';
import { NonFiniteStep, type StepOptions } from './step';
import { trainingStep } from './training-step';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

const SHAPES = { wide: [7, 5], narrow: [3], one: [1, 1] };

const start = (): NetworkState => {
  const parameters = Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape], i) => [name, tf.randomNormal(shape, 0, 1, 'float32', i + 1)]),
  );
  const state = startNetwork(parameters);
  tf.dispose(parameters);
  return state;
};

const loss: StepOptions<{ readonly target: Feed }>['loss'] = (weights, _, { target }) => ({
  loss: tf.addN(Object.values(weights).map((weight, i) => tf.sum(tf.square(tf.sub(weight, tf.mul(target, i + 1)))))),
  stats: { target: tf.sum(target) },
});

const feeds = (target: number) => ({ target: floatFeed([target], []) });

const step = (largeFrom: number, decay: number) =>
  trainingStep({ engine, role: 'toy', loss, largeFrom, optimizer: { rate: () => 0.1, clip: 2, ema: { decay } } });

const values = (state: NetworkState) =>
  Object.entries(groupsOf(state)).flatMap(([group, tensors]) =>
    Object.entries(tensors).map(([name, tensor]) => [`${group} ${name}`, [...tensor.dataSync()]]),
  );

/** Reports and numbers after updates of one part, of two, and of one again. */
async function train(largeFrom: number, decay = 0.5) {
  const made = step(largeFrom, decay);
  let state = start();
  const reports = [];
  for (const parts of [[feeds(3)], [feeds(-1), feeds(2)], [feeds(1)]]) {
    const done = await made.run({ state, parts });
    state = done.state;
    reports.push(done.report);
  }
  const found = { reports, numbers: values(state), updates: state.updates };
  disposeNetwork(state);
  made.dispose();
  return found;
}

describe('an update tensor by tensor', () => {
  it.each([0.5, 0])('is the update of all tensors at once, bit for bit (average with decay %p)', async (decay) => {
    expect(await train(1, decay)).toEqual(await train(1e9, decay));
  });

  it('keeps no average of its own at a decay of 0: it is the weights', async () => {
    const numbers = Object.fromEntries((await train(1, 0)).numbers) as Record<string, number[]>;
    Object.keys(SHAPES).forEach((name) => expect(numbers[`ema ${name}`]).toEqual(numbers[`weights ${name}`]));
  });

  it.each([1, 1e9])('tells how far it moved in proportion to the weights where it is asked: %d', async (largeFrom) => {
    const made = step(largeFrom, 0.5);
    let state = start();
    const tensors = tf.memory().numTensors;
    const weights = () => Object.values(state.weights).flatMap((tensor) => [...tensor.dataSync()]);
    const norm = (numbers: readonly number[]) => Math.hypot(...numbers);
    for (const parts of [[feeds(3)], [feeds(-1), feeds(2)]]) {
      const before = weights();
      const done = await made.run({ state, parts, measured: true });
      state = done.state;
      const moved = weights().map((value, i) => value - before[i]!);
      expect(done.report.updateRatio).toBeCloseTo(norm(moved) / norm(before), 5);
      expect(done.report.updateRatio).toBeGreaterThan(0.01);
      expect(tf.memory().numTensors).toBe(tensors);
    }
    const { state: last, report } = await made.run({ state, parts: [feeds(1)] });
    expect(report.updateRatio).toBeUndefined();
    disposeNetwork(last);
    made.dispose();
  });

  it('leaves as many tensors as there were, and the state as it was when it is refused', async () => {
    const made = step(1, 0.5);
    const { state } = await made.run({ state: start(), parts: [feeds(1)] });
    const [tensors, before] = [tf.memory().numTensors, values(state)];
    await expect(made.run({ state, parts: [feeds(Infinity)] })).rejects.toThrow(NonFiniteStep);
    expect(values(state)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    const next = await made.run({ state, parts: [feeds(1), feeds(2)] });
    expect(tf.memory().numTensors).toBe(tensors);
    disposeNetwork(next.state);
    made.dispose();
  });
});

describe.each([
  ['tensor by tensor', 1],
  ['of all tensors at once', 1e9],
])('an update %s that fails', (_, largeFrom) => {
  const options = { role: 'toy', largeFrom };
  const optimizer = { rate: () => 0.1, ema: { decay: 0.5 } };

  it('names the one tensor whose gradient is NaN, and changes none', async () => {
    const made = trainingStep<{ readonly target: Feed }>({
      ...options,
      engine,
      optimizer,
      // |0 · x| by a root of a square: its value is 0, its derivative at 0 is not a number.
      loss: (weights, frozen, fed) => ({
        ...loss(weights, frozen, fed),
        loss: tf.add(
          loss(weights, frozen, fed).loss,
          tf.sum(tf.sqrt(tf.square(tf.mul(weights['narrow']!, fed.target)))),
        ),
      }),
    });
    const { state } = await made.run({ state: start(), parts: [feeds(1)] });
    const [tensors, before] = [tf.memory().numTensors, values(state)];
    for (const parts of [[feeds(0)], [feeds(1), feeds(0)]])
      await expect(made.run({ state, parts })).rejects.toThrow('the gradient of narrow of the toy is not finite');
    expect(values(state)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    disposeNetwork(state);
    made.dispose();
  });

  it('leaves nothing of the parts before the one that cannot be computed', async () => {
    const made = trainingStep<{ readonly target: Feed }>({
      ...options,
      engine,
      optimizer,
      loss(weights, frozen, fed) {
        if (fed.target.rank > 0) throw new Error('one number is enough');
        return loss(weights, frozen, fed);
      },
    });
    const { state } = await made.run({ state: start(), parts: [feeds(1)] });
    const [tensors, before] = [tf.memory().numTensors, values(state)];
    const unfit = { target: floatFeed([1, 2], [2]) };
    for (const parts of [[unfit], [feeds(1), unfit], [feeds(1), feeds(2), unfit]])
      await expect(made.run({ state, parts })).rejects.toThrow('one number is enough');
    expect(values(state)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    disposeNetwork(state);
    made.dispose();
  });

  it.each([[[feeds(1)]], [[feeds(1), feeds(2)]]])(
    'leaves nothing of weights that moved before one that cannot: %#',
    async (parts) => {
      const method = adamw();
      const empty = tf.memory().numTensors;
      const made = trainingStep({
        ...options,
        engine,
        loss,
        optimizer: {
          ...optimizer,
          method: {
            ...method,
            moveWeight(...[gradient, ...rest]: Parameters<NonNullable<typeof method.moveWeight>>) {
              if (gradient.shape[0] === 7) throw new Error('no room for the widest');
              return method.moveWeight!(gradient, ...rest);
            },
          },
        },
      });
      const state = start();
      await expect(made.run({ state, parts })).rejects.toThrow('no room for the widest');
      disposeNetwork(state);
      made.dispose();
      expect(tf.memory().numTensors).toBe(empty);
    },
  );
});
