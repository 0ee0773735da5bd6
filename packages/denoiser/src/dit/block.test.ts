import { type DenoiserInput, type Parameters, randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { areFew } from '../layers/attention-at';
import { dit } from './dit';
import { initialParameters } from './parameters';

beforeAll(() => useBackend());

const [batch, length, vocabSize] = [4, 9, 7];
const config = { hidden: 16, blocks: 2, heads: 2, cond: 8, vocabSize, length, timeConditioned: false };
type Config = typeof config & { causal?: boolean };

/** Weights without the zeros of a new network, so that every path matters. */
function randomParameters(made: Config): Parameters {
  const initial = initialParameters(made, randomStream(3));
  return Object.fromEntries(
    Object.entries(initial).map(([name, value], i) => [
      name,
      tf.add(value, tf.randomNormal(value.shape, 0, 0.2, 'float32', i + 1)),
    ]),
  );
}

const ids = () => tf.tensor2d(randomStream(5).integers(batch * length, vocabSize), [batch, length], 'int32');

/** Logits at flat positions, and the gradient of a weighted sum of them with respect to every parameter. */
function run(made: Config, input: DenoiserInput, chosen: number[], where: 'asked for' | 'taken from all') {
  const parameters = randomParameters(made);
  const names = Object.keys(parameters);
  const positions = tf.tensor1d(chosen, 'int32');
  const apply = (...values: tf.Tensor[]) => {
    const named = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    const sigma = tf.tensor1d([0.1, 0.4, 1, 3]);
    if (where === 'asked for') return dit(made).apply(named, input, sigma, { positions });
    return tf.gather(tf.reshape(dit(made).apply(named, input, sigma), [-1, vocabSize]), positions);
  };
  const weight = tf.randomNormal([chosen.length, vocabSize], 0, 1, 'float32', 9);
  const weighted = (...values: tf.Tensor[]) => tf.sum(tf.mul(apply(...values), weight)).asScalar();
  const gradients = tf.grads(weighted)(Object.values(parameters));
  return [apply(...Object.values(parameters)), ...gradients].map((tensor) => tensor.dataSync());
}

function expectSame(found: ReturnType<typeof run>, expected: ReturnType<typeof run>): void {
  found.forEach((values, i) => expect(values).toBeCloseToArray(expected[i]!, { atol: 2e-4, rtol: 2e-4 }));
}

describe.each([
  ['that all rows condition alike', config],
  ['of rows with noise levels of their own', { ...config, timeConditioned: true }],
  ['that is causal', { ...config, causal: true }],
  ['of one block', { ...config, blocks: 1 }],
])('a network %s', (_, made: Config) => {
  it.each([
    ['few positions', [0, 3, 9, 10, 35], true],
    ['many positions', [0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 35], false],
    ['padded positions', [7, 30, 0, 0, 0], true],
  ])('gives at %s what it gives there at all', (__, chosen, few) => {
    expect(areFew(chosen.length, tf.zeros([batch, length, made.hidden]))).toBe(few);
    expectSame(run(made, { ids: ids() }, chosen, 'asked for'), run(made, { ids: ids() }, chosen, 'taken from all'));
  });

  it('gives for ids what it gives for the same tokens as weighted ones, which take no table', () => {
    const weighted = { topIds: tf.expandDims(ids(), -1), topWeights: tf.ones([batch, length, 1]) };
    const all = Array.from({ length: batch * length }, (_unused, i) => i);
    expectSame(run(made, { ids: ids() }, all, 'asked for'), run(made, weighted, all, 'taken from all'));
  });
});
