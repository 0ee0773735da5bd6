import type { Fed, Parameters } from '@idlm/core-diffusion';
import type { LossWithStats } from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Networks that a step reads and does not train, by role. */
export type Frozen = Readonly<Record<string, Parameters>>;

/** A loss of the trained parameters, pure on the device, with scalars to log. */
export type StepLoss = (parameters: Parameters, frozen: Frozen, fed: Fed) => LossWithStats;

/** A loss, its gradients by parameter, and its scalars. */
export interface Gradients {
  readonly loss: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
  readonly stats: Readonly<Record<string, Tensor>>;
}

/** Differentiates a loss in the trained parameters. Runs inside a tidy. */
export function gradientsOf(loss: StepLoss, parameters: Parameters, frozen: Frozen, fed: Fed): Gradients {
  const names = Object.keys(parameters);
  let stats: [string, Tensor][] = [];
  const scalarLoss = (...weights: Tensor[]) => {
    const result = loss(Object.fromEntries(names.map((name, i) => [name, weights[i]!])), frozen, fed);
    // The tape's own scope ends before the caller's: kept copies outlive it.
    stats = Object.entries(result.stats).map(([name, value]) => [name, tf.keep(tf.clone(value))]);
    return result.loss as tf.Scalar;
  };
  try {
    const { value, grads } = tf.valueAndGrads(scalarLoss)(Object.values(parameters));
    return {
      loss: value,
      gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
      stats: Object.fromEntries(stats.map(([name, kept]) => [name, tf.clone(kept)])),
    };
  } finally {
    stats.forEach(([, kept]) => kept.dispose());
  }
}
