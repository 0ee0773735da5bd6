import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer, StepScalars } from '../src/optimizers/optimizer';

/** The numbers of one weight after updates on the device: the weight itself, and its slots. */
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
    const slots = Object.entries(state).map(([slot, tensors]) => [slot, tensors['w']!.dataSync()[0]!]);
    return { weight: parameters['w']!.dataSync()[0]!, ...Object.fromEntries(slots) };
  });
}
