import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@idlm/tools/backend';
import { crossEntropy } from './cross-entropy';

beforeAll(() => useBackend());

const rows = () =>
  tf.tensor2d([
    [100, 101, 98],
    [-3, 0, 2],
    [0.5, 0.1, -1],
  ]);
const factors = [2, -1, 0.5];
const ids = () => tf.tensor1d([0, 2, 1], 'int32');
const probs = () =>
  tf.tensor2d([
    [0.2, 0.3, 0.5],
    [0.1, 0.8, 0.1],
    [0, 0.6, 0.3],
  ]);

/** Σ factor · loss by tfjs's own ops, the targets as a matrix. */
const plain = (z: tf.Tensor, x: tf.Tensor) =>
  tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(x, tf.logSoftmax(z)), 1), tf.tensor1d(factors)))) as tf.Scalar;
const weighted = (loss: tf.Tensor) => tf.sum(tf.mul(loss, tf.tensor1d(factors))) as tf.Scalar;

describe('crossEntropy', () => {
  it('of tokens is that of their one-hot rows, with its gradient', () => {
    tf.tidy(() => {
      const ours = tf.valueAndGrad((z: tf.Tensor) => weighted(crossEntropy(z, ids())))(rows());
      const theirs = tf.valueAndGrad((z: tf.Tensor) => plain(z, tf.oneHot(ids(), 3)))(rows());
      expect(ours.value.dataSync()).toBeCloseToArray(theirs.value.dataSync(), { rtol: 1e-5 });
      expect(ours.grad.dataSync()).toBeCloseToArray(theirs.grad.dataSync(), { atol: 1e-5 });
    });
  });

  it('takes rows of probabilities in place of chosen tokens, with both gradients; a row need not sum to 1', () => {
    tf.tidy(() => {
      const chosen = tf.tensor1d([true, false, true]);
      const ours = tf.valueAndGrads((z: tf.Tensor, x: tf.Tensor) =>
        weighted(crossEntropy(z, ids(), { probs: x, chosen })),
      )([rows(), probs()]);
      const theirs = tf.valueAndGrads((z: tf.Tensor, x: tf.Tensor) =>
        plain(z, tf.where(tf.expandDims(chosen, 1), x, tf.cast(tf.oneHot(ids(), 3), 'float32'))),
      )([rows(), probs()]);
      expect(ours.value.dataSync()).toBeCloseToArray(theirs.value.dataSync(), { rtol: 1e-5 });
      ours.grads.forEach((gradient, i) =>
        expect(gradient.dataSync()).toBeCloseToArray(theirs.grads[i]!.dataSync(), { atol: 2e-5 }),
      );
    });
  });

  it('does not mind numbers that are added to a row', () => {
    tf.tidy(() => {
      const shifted = crossEntropy(tf.logSoftmax(rows()), ids()).dataSync();
      expect(crossEntropy(rows(), ids()).dataSync()).toBeCloseToArray(shifted, { atol: 2e-5 });
    });
  });

  it('keeps what its gradient needs when its inputs are freed early, and nothing else', () => {
    const z = rows();
    const before = tf.memory().numTensors;
    const loss = (logits: tf.Tensor) =>
      tf.tidy(() => {
        const chosen = tf.tensor1d([true, false, true]);
        return weighted(crossEntropy(tf.mul(logits, 1), ids(), { probs: tf.mul(probs(), 1), chosen }));
      });
    const gradient = tf.grad(loss)(z);
    expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    gradient.dispose();
    expect(tf.memory().numTensors).toBe(before);
    z.dispose();
  });
});
