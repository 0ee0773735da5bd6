import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Optimizer, StepScalars } from '../src/optimizers/optimizer';

/** Gradients of one weight from update to update, where it begins, and what an optimizer may be told. */
export const updatesOf = (gradient: fc.Arbitrary<number>, beta2: number) =>
  fc.record({
    gradients: fc.array(gradient, { minLength: 1, maxLength: 6 }),
    weight: fc.double({ min: -2, max: 2, noNaN: true }),
    scale: fc.constantFrom(1, 0.25),
    options: fc.record({
      beta1: fc.constantFrom(0.9, 0.5),
      beta2: fc.constantFrom(beta2, 0.95),
      weightDecay: fc.constantFrom(0, 0.1),
    }),
  });

/** The numbers of one weight after updates on the device: the weight itself, and its state. */
export function oneWeight(
  optimizer: Optimizer,
  gradients: readonly number[],
  { weight, rate, scale = 1 }: { readonly weight: number; readonly rate: number; readonly scale?: number },
): Readonly<Record<string, number>> {
  return tf.tidy(() => {
    let parameters: Readonly<Record<string, tf.Tensor>> = { w: tf.tensor1d([weight]) };
    let state = optimizer.init(parameters);
    gradients.forEach((gradient, i) => {
      const numbers = { scale, ...optimizer.numbers(rate, i + 1) };
      const scalars = Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]);
      const given = { w: tf.tensor1d([gradient]) };
      ({ parameters, state } = optimizer.update(given, parameters, state, Object.fromEntries(scalars) as StepScalars));
    });
    const kept = Object.entries(state).map(([group, tensors]) => [group, tensors['w']!.dataSync()[0]!]);
    return { weight: parameters['w']!.dataSync()[0]!, ...Object.fromEntries(kept) };
  });
}
