import { type Feed, floatFeed } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type NetworkState, disposeNetwork, groupsOf, startNetwork } from '../networks/network-state';
import { adamw } from '../optimizers/adamw';
import type { Optimizer } from '../optimizers/optimizer';
import { NonFiniteStep, type StepOptions } from './step';
import { trainingStep } from './training-step';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

/** Σ_i (a_i − target_i)² + Σ b² · frozen, where everything that varies is fed. */
const loss: StepOptions<{ readonly target: Feed }>['loss'] = ({ a, b }, { other }, { target }) => {
  const miss = tf.sum(tf.square(tf.sub(a!, target)));
  const size = other ? tf.sum(tf.mul(tf.square(b!), other['factor']!)) : tf.sum(tf.square(b!));
  return { loss: tf.add(miss, size), stats: { miss } };
};

const start = (): NetworkState => {
  const parameters = { a: tf.tensor1d([1, -2]), b: tf.tensor2d([[0.5]]) };
  const state = startNetwork(parameters);
  tf.dispose(parameters);
  return state;
};

const step = (more: Partial<StepOptions['optimizer']> = {}) =>
  trainingStep({ engine, role: 'toy', loss, optimizer: { rate: () => 0.1, ema: { decay: 0.5 }, ...more } });

const feeds = (...target: number[]) => ({ target: floatFeed(target) });
const values = (state: NetworkState) =>
  Object.values(groupsOf(state)).map((group) => Object.values(group).map((tensor) => Array.from(tensor.dataSync())));

describe('trainingStep', () => {
  it('reports loss, norm before clipping, rate and stats', async () => {
    const once = step({ clip: 0.1 });
    const { state, report } = await once.run({ state: start(), parts: [feeds(0, 0)] });
    expect(report.loss).toBeCloseTo(5.25, 5);
    expect(report.gradientNorm).toBeCloseTo(Math.sqrt(4 + 16 + 1), 5);
    expect(report).toMatchObject({ rate: 0.1, stats: { miss: 5 } });
    expect(state.updates).toBe(1);
    disposeNetwork(state);
    once.dispose();
  });

  it('follows what changes from step to step: feeds, rates and frozen networks', async () => {
    const changing = step({ rate: (k) => (k === 1 ? 0 : 0.1) });
    const factor = (value: number) => ({ other: { factor: tf.scalar(value) } });
    const frozen = [factor(1), factor(3)];
    const first = await changing.run({ state: start(), frozen: frozen[0]!, parts: [feeds(0, 0)] });
    const before = values(first.state)[0];
    const second = await changing.run({ state: first.state, frozen: frozen[1]!, parts: [feeds(5, 5)] });
    expect(values(second.state)[0]).toEqual(before);
    const [[a1, a2], [b]] = before as [number[], number[]];
    expect(second.report.loss).toBeCloseTo((a1! - 5) ** 2 + (a2! - 5) ** 2 + 3 * b! ** 2, 3);
    disposeNetwork(second.state);
    tf.dispose(frozen);
    changing.dispose();
  });

  it('tells no ratio of weights that are 0', async () => {
    const made = step();
    const parameters = { a: tf.zeros([2]), b: tf.zeros([1, 1]) };
    const { state, report } = await made.run({ state: startNetwork(parameters), parts: [feeds(1, 1)], measured: true });
    expect(report.updateRatio).toBeUndefined();
    disposeNetwork(state);
    tf.dispose(parameters);
    made.dispose();
  });

  it('averages the gradients of several parts', async () => {
    const [whole, parts] = [step(), step()];
    const one = await whole.run({ state: start(), parts: [feeds(1, 2)] });
    const two = await parts.run({ state: start(), parts: [feeds(0, 1), feeds(1, 2), feeds(2, 3)] });
    expect(values(two.state).flat(2)).toBeCloseToArray(values(one.state).flat(2), { atol: 1e-6 });
    expect(two.report.gradientNorm).toBeCloseTo(one.report.gradientNorm, 5);
    expect(two.report.loss).toBeCloseTo(one.report.loss + 4 / 3, 5);
    expect(two.report.stats['miss']).toBeCloseTo(one.report.stats['miss']! + 4 / 3, 5);
    [one, two].forEach(({ state }) => disposeNetwork(state));
    [whole, parts].forEach((made) => made.dispose());
  });

  it('lets go of the feeds of each part once they are uploaded', async () => {
    const made = step();
    const [parts, counts] = [[feeds(0, 1), feeds(1, 2)], [] as number[]];
    const { state } = await made.run({ state: start(), parts, meanwhile: () => counts.push(parts.length) });
    expect(counts).toEqual([0]);
    disposeNetwork(state);
    made.dispose();
  });

  it('clips the global norm: a clipped first update is that of the scaled gradient', async () => {
    const clipped = step({ clip: 0.1, method: adamw({ epsilon: 0.1 }) });
    const { state, report } = await clipped.run({ state: start(), parts: [feeds(0, 0)] });
    const scale = 0.1 / report.gradientNorm;
    const expected = [2, -4, 1].map((g) => 0.1 * g * scale);
    const moments = values(state)[1]!.flat();
    expect(moments).toBeCloseToArray(expected, { rtol: 1e-4 });
    disposeNetwork(state);
    clipped.dispose();
  });

  it.each([
    ['a loss', [NaN, 0], /^the loss of the toy is not finite$/],
    ['a gradient, naming its tensor', [1e25, 0], /^the (loss|gradient of a) of the toy is not finite$/],
  ])('refuses %s that is not finite before anything is changed', async (_, target, message) => {
    const refusing = step();
    const state = start();
    const before = values(state);
    const tensors = tf.memory().numTensors;
    const run = refusing.run({ state, parts: [feeds(...target)] });
    await expect(run).rejects.toThrow(NonFiniteStep);
    await expect(run).rejects.toThrow(message);
    expect(values(state)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    disposeNetwork(state);
    refusing.dispose();
  });

  it('refuses a learning rate that is no number', async () => {
    const refusing = step({ rate: () => NaN });
    const state = start();
    await expect(refusing.run({ state, parts: [feeds(0, 0)] })).rejects.toThrow('the learning rate of the toy is not');
    disposeNetwork(state);
    refusing.dispose();
  });

  it('names the tensor whose gradient is not finite', async () => {
    const root = trainingStep({
      engine,
      role: 'toy',
      optimizer: { rate: () => 0.1, ema: { decay: 0.5 } },
      loss: ({ a, b }) => ({ loss: tf.add(tf.sum(a!), tf.sum(tf.sqrt(tf.sub(b!, 0.5)))), stats: {} }),
    });
    const state = start();
    await expect(root.run({ state, parts: [{}] })).rejects.toThrow('the gradient of b of the toy is not finite');
    disposeNetwork(state);
    root.dispose();
  });

  it('keeps the number of tensors from step to step and prepares while the device works', async () => {
    const made = step();
    let { state } = await made.run({ state: start(), parts: [feeds(0, 0)] });
    const before = tf.memory().numTensors;
    let prepared = 0;
    for (const parts of [[feeds(1, 1)], [feeds(0, 1), feeds(1, 0)], [feeds(2, 2)]]) {
      ({ state } = await made.run({ state, parts, meanwhile: () => prepared++ }));
      expect(tf.memory().numTensors).toBe(before);
    }
    expect(prepared).toBe(3);
    disposeNetwork(state);
    made.dispose();
  });
});

describe('an optimizer of one’s own', () => {
  const kept = { ...adamw(), moveWeight: undefined, spec: { name: 'own' }, init: () => ({}) };
  const trained = async (own: object) => {
    const method = { ...kept, ...own } as Optimizer;
    const parameters = { a: tf.tensor1d([1, -2]), b: tf.tensor2d([[0.5]]) };
    return step({ method }).run({ state: startNetwork(parameters, method), parts: [feeds(0, 0)] });
  };

  const mapped = (tensors: object, fn: (x: tf.Tensor) => tf.Tensor) =>
    Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, fn(x as tf.Tensor)]));

  it('may leave weights and its state as they are', async () => {
    const before = tf.memory().numTensors;
    const method: Optimizer = {
      spec: { name: 'frozen' },
      init: (weights) => ({ first: mapped(weights, tf.zerosLike) }),
      numbers: (rate) => ({ rate }),
      update: ({ a }, weights, state, { rate, scale }) => ({
        parameters: { ...weights, a: tf.sub(weights['a']!, tf.mul(tf.mul(a!, scale), rate!)) },
        state,
      }),
    };
    const parameters = { a: tf.tensor1d([1, -2]), b: tf.tensor2d([[0.5]]) };
    const made = step({ method });
    let state = startNetwork(parameters, method);
    tf.dispose(parameters);
    for (let k = 0; k < 2; k++) ({ state } = await made.run({ state, parts: [feeds(0, 0)] }));
    const { weights, optimizer } = state;
    expect(Array.from(weights['b']!.dataSync())).toEqual([0.5]);
    expect(weights['a']!.dataSync()[0]).toBeCloseTo(0.8 ** 2, 5);
    expect(Array.from(optimizer['first']!['a']!.dataSync())).toEqual([0, 0]);
    disposeNetwork(state);
    made.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ init: () => undefined }, 'init of the optimizer "own" must give groups of tensors'],
    [{ update: (_: unknown, weights: object) => weights }, 'What update of the optimizer "own" gives lacks parameters'],
    [{ update: () => ({ parameters: {}, state: {} }) }, 'gives has the parameter a of shape [none]; it must be [2].'],
    [{ numbers: () => ({ scale: 1 }) }, 'The optimizer "own" has a number "scale", which every step has'],
    [
      { numbers: () => undefined },
      'numbers of the optimizer "own" must give finite numbers by name; it gave undefined.',
    ],
    [{ numbers: () => ({ rate: NaN }) }, 'it gave rate = NaN for update 1.'],
    [
      {
        init: (weights: object) => ({ first: mapped(weights, tf.zerosLike) }),
        update: (_: unknown, weights: object) => ({ parameters: mapped(weights, tf.clone), state: { first: {} } }),
      },
      'What update of the optimizer "own" gives has the state first of a of shape [none]; it must be [2].',
    ],
  ])('is refused where it breaks its contract: %#', async (own, message) => {
    await expect(trained(own)).rejects.toThrow(message);
  });
});
