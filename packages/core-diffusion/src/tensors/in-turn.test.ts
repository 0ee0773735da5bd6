import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { useBackend } from '@idlm/tools/backend';
import { inTurn } from './in-turn';

beforeAll(async () => {
  await useBackend();
});

const given = () => tf.tensor2d([0.3, -1.2, 0.5, 2, -0.7, 0.1], [3, 2]);
const FUNCTIONS = [
  (x: Tensor) => tf.sin(tf.square(x)),
  (x: Tensor) => tf.tanh(x),
  (x: Tensor) => tf.exp(tf.mul(x, -1)),
];

/** A sum in which each function counts otherwise, and x by itself. */
const total = (x: Tensor, results: readonly Tensor[]): tf.Scalar =>
  tf.addN([tf.sum(x), ...results.map((result, i) => tf.mul(tf.sum(result), i + 1))]) as tf.Scalar;

const derived = (loss: (x: Tensor) => tf.Scalar) =>
  tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad(loss)(given());
    return [...value.dataSync(), ...grad.dataSync()];
  });

describe('inTurn', () => {
  it('has the values and the gradients of its functions', () => {
    const plain = derived((x) =>
      total(
        x,
        FUNCTIONS.map((one) => one(x)),
      ),
    );
    expect(
      derived((x) =>
        total(
          x,
          inTurn(FUNCTIONS, x, (own, one) => one(own)),
        ),
      ),
    ).toEqual(plain);
  });

  it('makes each function wait for the one before, and going back for the one behind', async () => {
    const { kernels } = await tf.profile(() =>
      tf.tidy(() =>
        tf.grad((x: Tensor) =>
          total(
            x,
            inTurn(FUNCTIONS, x, (own, one) => one(own)),
          ),
        )(given()),
      ),
    );
    // A wait reads a number (Greater); Cos is of the gradient of the first function, Exp and Tanh are computed forward alone.
    const order = kernels
      .map(({ name }) => name)
      .filter((name) => ['Greater', 'Sin', 'Tanh', 'Exp', 'Cos'].includes(name));
    expect(order).toEqual(['Sin', 'Greater', 'Tanh', 'Greater', 'Exp', 'Greater', 'Greater', 'Cos']);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    derived((x) =>
      total(
        x,
        inTurn(FUNCTIONS, x, (own, one) => one(own)),
      ),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
