import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from '../src/optimizers/optimizer';

/**
 * Momentum of gradients that are divided by their norm, weight by weight: no elementwise rule, and with a group of other shapes
 * than the weights', the number of moves made.
 */
export const normalised = (): Optimizer => ({
  spec: { name: 'normalised' },
  init(parameters) {
    const each = (make: (weight: tf.Tensor) => tf.Tensor) =>
      Object.fromEntries(Object.entries(parameters).map(([name, weight]) => [name, make(weight)]));
    return { momentum: each((weight) => tf.zerosLike(weight)), moves: each(() => tf.scalar(0)) };
  },
  numbers: (rate) => ({ rate }),
  update(gradients, parameters, { momentum, moves }, { scale, rate }) {
    const next: Record<string, Record<string, tf.Tensor>> = { parameters: {}, momentum: {}, moves: {} };
    for (const [name, weight] of Object.entries(parameters)) {
      const gradient = tf.mul(gradients[name]!, scale);
      const direction = tf.div(gradient, tf.add(tf.norm(gradient), 1e-12));
      const moved = tf.add(tf.mul(momentum![name]!, 0.5), direction);
      next['momentum']![name] = moved;
      next['moves']![name] = tf.add(moves![name]!, 1);
      next['parameters']![name] = tf.sub(weight, tf.mul(moved, rate!));
    }
    return { parameters: next['parameters']!, state: { momentum: next['momentum']!, moves: next['moves']! } };
  },
});
