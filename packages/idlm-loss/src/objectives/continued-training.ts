import { networkLoss, withPrefix } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { type RivalOptions, drawCorruption } from './shared/draws';

/**
 * The control arm: the student is the teacher, trained on its own loss on data for as long. What it gains, more training
 * gains.
 */
export function continuedTraining(context: ObjectiveContext, options: RivalOptions = {}): Objective {
  return {
    spec: { name: 'continued-training', options: { reduction: options.reduction ?? 'token-mean' } },
    passes: { student: PASSES_WITH_GRADIENT, fake: 0 },
    studentFeeds: (batch, random) => drawCorruption(context, batch, random, options),
    studentLoss({ student }, fed) {
      const noise = withPrefix('noise', fed);
      const clean = { ids: fed['ids']! };
      const noisy = context.family.corrupt(clean, noise);
      const perPosition = networkLoss(context, student, clean, noisy, noise);
      return { loss: tf.sum(tf.mul(perPosition, fed['factors']!)), stats: {} };
    },
  };
}
