import { type LossFeeds, type LossOptions, batchLoss, drawLoss } from '@idlm/core-diffusion';
import { type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { numbered } from './shared/numbered';

/**
 * The control arm: the student is the teacher, trained on its own loss on data for as long. What it gains, more training
 * gains: D(θ) = E_{x ~ data, t, z ~ q_t(· | x)} of the family's loss, as `teacherTask` minimises it.
 * @param options.reduction of the losses of positions to a number (default `'token-mean'`)
 * @returns an objective without a second network
 */
export function continuedTraining(context: ObjectiveContext, options: LossOptions = {}): Objective<LossFeeds> {
  return {
    spec: { name: 'continued-training', options: { reduction: options.reduction ?? 'token-mean' } },
    passes: { student: PASSES_WITH_GRADIENT, fake: 0 },
    studentFeeds: (batch, random) => drawLoss(context.family, numbered(batch), random, options),
    studentLoss: ({ student }, fed) => ({ loss: batchLoss(context, student, fed), stats: {} }),
  };
}
