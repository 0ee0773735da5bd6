import { type DenoiserInput, type Part, randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { PRESETS, checkDitConfig } from './config';
import { dit } from './dit';
import { initialParameters } from './parameters';
import { parameterCount } from '../registry';

beforeAll(() => useBackend());

const config = { hidden: 16, blocks: 2, heads: 2, cond: 8, vocabSize: 7, length: 9, timeConditioned: false };

/** Weights without the zeros of a new network, so that every path matters. */
const randomParameters = (causal = false) => {
  const initial = initialParameters({ ...config, causal }, randomStream(3));
  const parameters = Object.fromEntries(
    Object.entries(initial).map(([name, value], i) => [
      name,
      tf.add(value, tf.randomNormal(value.shape, 0, 0.2, 'float32', i + 1)),
    ]),
  );
  tf.dispose(initial);
  return parameters;
};
const ids = (rows: number[][]) => ({ ids: tf.tensor2d(rows, undefined, 'int32') });

describe('dit', () => {
  it('starts as a uniform prediction', () => {
    const parameters = initialParameters(config, randomStream(1));
    const logits = dit(config).apply(parameters, ids([[1, 2, 3]]), tf.tensor1d([0.5]));
    expect(logits.shape).toEqual([1, 3, 7]);
    expect(logits.dataSync().every((value) => value === 0)).toBe(true);
  });

  it('draws weights and biases from U(−b, b) with b = 1/√fan_in, norms of 1, and zeros', () => {
    const parameters = initialParameters({ ...config, hidden: 64, vocabSize: 300 }, randomStream(4));
    const bounds = {
      'vocab_embed.embedding': 1 / 8,
      'blocks.1.mlp.2.weight': 1 / 16,
      'blocks.1.mlp.2.bias': 1 / 16,
      'sigma_map.mlp.0.weight': 1 / 16,
    };
    for (const [name, bound] of Object.entries(bounds)) {
      const values = Array.from(parameters[name]!.dataSync());
      expect(values.every((value) => Math.abs(value) <= bound)).toBe(true);
      const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      // The variance of n uniforms has a standard error of 0.9/√n of itself; five of them.
      expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(4.5 / Math.sqrt(values.length));
    }
    const constant = (name: string) => new Set(parameters[name]!.dataSync());
    expect(constant('blocks.0.norm1.weight')).toEqual(new Set([1]));
    expect(constant('blocks.0.adaLN_modulation.weight')).toEqual(new Set([0]));
    expect(constant('output_layer.linear.bias')).toEqual(new Set([0]));
    tf.dispose(parameters);
  });

  it('ignores the noise level unless it is conditioned on it', () => {
    const parameters = randomParameters();
    const at = (sigma: number, timeConditioned: boolean) =>
      dit({ ...config, timeConditioned })
        .apply(parameters, ids([[1, 2, 3]]), tf.tensor1d([sigma]))
        .dataSync();
    expect(at(0.1, false)).toEqual(at(5, false));
    expect(at(0.1, true)).not.toEqual(at(5, true));
  });

  it('gives as hidden states what its head multiplies', () => {
    tf.tidy(() => {
      const [network, parameters] = [dit(config), randomParameters()];
      const positions = tf.tensor1d([1, 4, 6], 'int32');
      const input = ids([[0, 1, 2, 3, 4, 5, 0, 1]]);
      const states = network.hidden!(parameters, input, tf.zeros([1]), positions);
      expect(states.shape).toEqual([3, config.hidden]);
      const logits = tf.add(
        tf.matMul(states as tf.Tensor2D, parameters['output_layer.linear.weight'] as tf.Tensor2D, false, true),
        parameters['output_layer.linear.bias'],
      );
      const expected = network.apply(parameters, input, tf.zeros([1]), { positions });
      expect(logits.dataSync()).toBeCloseToArray(expected.dataSync(), { atol: 1e-5 });
    });
  });

  it('keeps rows apart, and sees both ways unless causal', () => {
    const parameters = randomParameters();
    const run = (rows: number[][], causal: boolean) =>
      dit({ ...config, causal })
        .apply(parameters, ids(rows), tf.zeros([rows.length]))
        .dataSync();
    expect(
      run(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        false,
      ).slice(0, 21),
    ).toBeCloseToArray(run([[1, 2, 3]], false), { atol: 1e-5 });
    const [a, b] = [run([[1, 2, 3]], true), run([[1, 2, 6]], true)];
    expect(a.slice(0, 14)).toBeCloseToArray(b.slice(0, 14), { atol: 1e-6 });
    expect(Array.from(a.slice(14))).not.toEqual(Array.from(b.slice(14)));
    expect(Array.from(run([[1, 2, 3]], false).slice(0, 7))).not.toEqual(
      Array.from(run([[1, 2, 6]], false).slice(0, 7)),
    );
  });

  it('leaks nothing forward, backward, or after an error', () => {
    const parameters = randomParameters();
    const [input, sigma] = [ids([[1, 2, 3]]), tf.zeros([1])];
    const before = tf.memory().numTensors;
    dit(config).apply(parameters, input, sigma).dispose();
    const names = Object.keys(parameters);
    const loss = (...values: tf.Tensor[]) =>
      tf.sum(
        tf.square(dit(config).apply(Object.fromEntries(names.map((name, i) => [name, values[i]!])), input, sigma)),
      );
    tf.dispose(tf.grads(loss)(Object.values(parameters)));
    expect(() => dit(config).apply(parameters, ids([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]), sigma)).toThrow(
      'reads at most 9 tokens; a sequence of 10 was given',
    );
    expect(tf.memory().numTensors).toBe(before + 1); // the refused input itself
  });

  it.each([
    ['of few positions', [3], false],
    ['of all positions', undefined, true],
  ])('has the same logits and gradients %s where blocks are computed again', (_, positions, timeConditioned) => {
    const parameters = randomParameters();
    const sizes = { ...config, timeConditioned };
    const derived = (recompute: boolean) =>
      tf.tidy(() => {
        const [names, weights] = [Object.keys(parameters), Object.values(parameters)];
        const loss = (...given: tf.Tensor[]) => {
          const named = Object.fromEntries(names.map((name, i) => [name, given[i]!]));
          const asked = positions && { positions: tf.tensor1d(positions, 'int32') };
          const rows = ids([
            [1, 2, 3],
            [4, 0, 6],
          ]);
          const logits = dit(sizes, { recompute }).apply(named, rows, tf.tensor1d([0.5, 2]), asked);
          return tf.sum(tf.square(logits)) as tf.Scalar;
        };
        const { value, grads } = tf.valueAndGrads(loss)(weights);
        return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
      });
    const tensors = tf.memory().numTensors;
    const [again, kept] = [derived(true), derived(false)];
    expect(tf.memory().numTensors).toBe(tensors);
    again.forEach((values, i) => expect(values).toBeCloseToArray(kept[i]!, { rtol: 1e-5, atol: 1e-4 }));
    tf.dispose(parameters);
  });

  it('reads latents that are computed when they are asked for as those that are there', () => {
    tf.tidy(() => {
      const [network, parameters] = [dit({ ...config, timeConditioned: true }), randomParameters()];
      const table = 'vocab_embed.embedding';
      const inputs = {
        whole: (rows: tf.Tensor) => ({ latent: tf.reshape(rows, [2, 4, 7]) }),
        late: (rows: tf.Tensor) => ({
          shape: [2, 4] as const,
          latentSource: {
            perSlot: [rows],
            shared: [],
            constantPerSlot: [],
            constants: [],
            at: ({ perSlot: [own] }: Part) => own!,
          },
        }),
      };
      const derived = (inputOf: (rows: tf.Tensor) => DenoiserInput) => {
        const loss = (rows: tf.Tensor, embedding: tf.Tensor) =>
          tf.sum(tf.square(network.apply({ ...parameters, [table]: embedding }, inputOf(rows), tf.tensor1d([0.5, 2]))));
        const { value, grads } = tf.valueAndGrads(loss as (...given: tf.Tensor[]) => tf.Scalar)([
          tf.randomNormal([8, 7], 0, 1, 'float32', 5),
          parameters[table]!,
        ]);
        return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
      };
      const [whole, late] = [derived(inputs.whole), derived(inputs.late)];
      expect(Math.max(...whole[1]!.map(Math.abs))).toBeGreaterThan(1e-3);
      whole.forEach((values, i) => expect(late[i]).toBeCloseToArray(values, { rtol: 1e-5, atol: 1e-4 }));
    });
  });

  it('has the published number of parameters at its published size', () => {
    const small = dit({ ...PRESETS.small, vocabSize: 50258, timeConditioned: false });
    expect(parameterCount(small.describe())).toBe(169627218);
  });

  it('refuses impossible sizes', () => {
    expect(() => checkDitConfig({ ...config, hidden: 18 })).toThrow('multiple of twice the heads');
    expect(() => dit({ ...config, blocks: 0 })).toThrow(
      'blocks of the model must be a whole number above 0; 0 was given.',
    );
  });
});
