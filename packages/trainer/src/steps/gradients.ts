import {
  InputError,
  type Parameters,
  type Structure,
  type Uploaded,
  pack,
  requireMembers,
  structureOf,
  unpack,
} from '@idlm/core-diffusion';
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
 * gradient. Runs inside a tidy.
 * @throws InputError for a loss that is no scalar, and where it does not read a weight, whose gradient is then not 0 but missing
 */
export function gradientsOf<Feeds extends object>(
  loss: StepLoss<Feeds>,
  parameters: Parameters,
  frozen: Frozen,
  fed: Uploaded<Feeds>,
): Gradients {
  const structure = structureOf(parameters);
  let [names, kept]: [Structure, Tensor[]] = [[], []];
  let shape: readonly number[] = [];
  const scalarLoss = (...weights: Tensor[]) => {
    const result = loss(unpack(weights, structure), frozen, fed);
    requireMembers('What the loss function gives', result, { loss: 'object', stats: 'object' });
    shape = result.loss.shape;
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
  } catch (error) {
    // Told here, since an error thrown within the tape would leave tensors behind.
    if (shape.length)
      throw new InputError(`A loss is one number, of shape []; this one has the shape [${shape.join(', ')}].`, {
        cause: error,
      });
    if (!/^Cannot compute gradient of y=f\(x\)/.test((error as Error).message)) throw error;
    throw new InputError(
      'The loss has no gradient in all of the trained weights: it must read each of them, by operations that have a gradient.',
      { cause: error },
    );
  } finally {
    tf.dispose(kept);
  }
}
