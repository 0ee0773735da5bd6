import { type Feed, InputError, type Parameters } from '@idlm/core-diffusion';
import type { LossWithStats } from '@idlm/idlm-loss';
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

  const sum = ({ w }: Parameters) => tf.sum(w!);
  it.each([
    ['no scalar', { loss: (given: Parameters) => tf.square(given['w']!), stats: {} }, 'this one has the shape [2].'],
    ['without stats', { loss: sum, stats: undefined }, 'What the loss function gives lacks stats'],
    ['without a loss', { loss: () => undefined, stats: {} }, 'What the loss function gives lacks loss'],
    [
      'that reads only some weights',
      { loss: sum, stats: {} },
      'The loss has no gradient in all of the trained weights',
    ],
  ])('refuses a loss %s', (_, { loss, stats }, message) => {
    const given = parameters();
    const taken = () =>
      tf.tidy(() => gradientsOf((weights) => ({ loss: loss(weights), stats }) as LossWithStats, given, {}, {}).loss);
    expect(taken).toThrow(InputError);
    expect(taken).toThrow(message);
    tf.dispose(given);
  });
});
