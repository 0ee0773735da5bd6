import { type Structure, type Parameters, type Uploaded, structureOf, pack, unpack } from '@idlm/core-diffusion';
import type { LossWithStats } from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Networks that a step reads and does not train, by role. */
export type Frozen = Readonly<Record<string, Parameters>>;

/**
 * A loss of the trained parameters, pure on the device, with scalars to log. The loss and each scalar have the shape []; a mean
 * over a batch, so that the parts of an accumulated one can be averaged.
 */
export type StepLoss<Feeds extends object = object> = (
  parameters: Parameters,
  frozen: Frozen,
  fed: Uploaded<Feeds>,
) => LossWithStats;

/** A loss, its gradients by parameter, and its scalars. */
export interface Gradients {
  readonly loss: Tensor;
  readonly gradients: Parameters;
  readonly stats: Readonly<Record<string, Tensor>>;
}

/**
 * Differentiates a loss in the trained parameters, ∂loss/∂w in the shape of each w, by tfjs's tape. Frozen networks and feeds get no
 * gradient. A weight that the loss does not read is an error of tfjs's: its gradient is not 0 but missing. Runs inside a tidy.
 */
export function gradientsOf<Feeds extends object>(
  loss: StepLoss<Feeds>,
  parameters: Parameters,
  frozen: Frozen,
  fed: Uploaded<Feeds>,
): Gradients {
  const structure = structureOf(parameters);
  let [names, kept]: [Structure, Tensor[]] = [[], []];
  const scalarLoss = (...weights: Tensor[]) => {
    const result = loss(unpack(weights, structure), frozen, fed);
    // The tape's own scope ends before the caller's: kept copies outlive it.
    names = structureOf(result.stats);
    kept = pack(result.stats, names).map((value) => tf.keep(tf.clone(value)));
    return result.loss as tf.Scalar;
  };
  try {
    const { value, grads } = tf.valueAndGrads(scalarLoss)(pack(parameters, structure));
    return {
      loss: value,
      gradients: unpack(grads, structure),
      stats: unpack(
        kept.map((value) => tf.clone(value)),
        names,
      ),
    };
  } finally {
    tf.dispose(kept);
  }
}
