import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { clipFactor, squaredNorm } from './clip';

beforeAll(() => useBackend());

describe('squaredNorm', () => {
  it('sums the squares of each tensor, so that one that is not finite can be named', () => {
    tf.tidy(() => {
      const gradients = [tf.tensor2d([[3, 4]]), tf.tensor1d([1, NaN]), tf.scalar(2)];
      const [first, second, third] = gradients.map((gradient) => squaredNorm(gradient).dataSync()[0]);
      expect([first, third]).toEqual([25, 4]);
      expect(second).toBeNaN();
    });
  });
});

describe('clipFactor', () => {
  it.each([
    [0.5, 1, 1],
    [4, 1, 0.25],
    [10, 5, 0.5],
    [0, 1, 1],
    [1e30, 3e38, 1],
  ])('of norm %p and limit %p is %p', (norm, limit, factor) => {
    tf.tidy(() => {
      expect(clipFactor(tf.scalar(norm), tf.scalar(limit)).dataSync()[0]).toBeCloseTo(factor, 5);
    });
  });
});
