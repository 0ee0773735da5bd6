import { type LossFeeds, type LossOptions, batchLoss, drawLoss } from '@idlm/core-diffusion';
import { type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import { numbered } from './shared/numbered';

/**
 * The control arm: the student is the teacher, trained on its own loss on data for as long. What it gains, more training
 * gains.
 */
export function continuedTraining(context: ObjectiveContext, options: LossOptions = {}): Objective<LossFeeds> {
  return {
    spec: { name: 'continued-training', options: { reduction: options.reduction ?? 'token-mean' } },
    passes: { student: PASSES_WITH_GRADIENT, fake: 0 },
    studentFeeds: (batch, random) => drawLoss(context.family, numbered(batch), random, options),
    studentLoss: ({ student }, fed) => ({ loss: batchLoss(context, student, fed), stats: {} }),
  };
}
