import type { Feed } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf } from './gradients';

beforeAll(() => useBackend());

const parameters = () => ({ w: tf.tensor1d([1, -2]), unused: tf.scalar(3) });

describe('gradientsOf', () => {
  it('differentiates in the parameters only, by name, and keeps the stats', () => {
    tf.tidy(() => {
      const { loss, gradients, stats } = gradientsOf<{ readonly x: Feed }>(
        ({ w, unused }, { other }, { x }) => {
          const inner = tf.sum(tf.mul(w!, x));
          const product = tf.mul(inner, other!['scale']!);
          return { loss: tf.add(product, tf.mul(unused!, 0)), stats: { inner } };
        },
        parameters(),
        { other: { scale: tf.scalar(10) } },
        { x: tf.tensor1d([3, 4]) },
      );
      expect(loss.dataSync()[0]).toBe(-50);
      expect(stats['inner']!.dataSync()[0]).toBe(-5);
      expect(Array.from(gradients['w']!.dataSync())).toEqual([30, 40]);
      expect(Array.from(gradients['unused']!.dataSync())).toEqual([0]);
    });
  });

  it('leaves nothing behind when the loss fails, not even kept stats', () => {
    const given = parameters();
    const tensors = tf.memory().numTensors;
    const failing = () =>
      tf.tidy(() => gradientsOf(({ w }) => ({ loss: tf.square(w!), stats: { sum: tf.sum(w!) } }), given, {}, {}).loss);
    expect(failing).toThrow();
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose(given);
  });
});
