import {
  type CleanTokens,
  type Fed,
  type Feeds,
  type Parameters,
  type Reduction,
  type TimeOptions,
  type RandomStream,
  detach,
  drawTimes,
  floatFeed,
  intFeed,
  networkLoss,
  predictAt,
  prefixed,
  reductionFactors,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DistillationBatch, Networks, Objective, ObjectiveContext } from './objective';
import type { Relaxation } from './relaxations/relaxation';
import { simplex } from './relaxations/simplex';

/** How the inverse objective is set up. */
export interface InverseOptions {
  /** How gradients pass through the student's tokens (default `simplex()`, the reference's). */
  readonly relaxation?: Relaxation;
  /** `'sum'` over positions is the reference (its learning rate depends on L); `'mean'` is the reference with prompts. */
  readonly reduction?: Reduction;
  /** How both times of a step are drawn. */
  readonly times?: TimeOptions;
}

/** One corruption of a batch at fresh times. */
function drawNoise(
  { family }: ObjectiveContext,
  batch: DistillationBatch,
  random: RandomStream,
  times?: TimeOptions,
): Feeds {
  const drawn = drawTimes(batch.batch, random.split('times'), { ...times, part: batch.part });
  return family.noise(batch, drawn, random.split('noise'), { valid: batch.valid, update: batch.update ?? 0 });
}

/** All draws of one step: the student's input, its tokens, and what teacher and fake see of them. */
function drawStep(
  context: ObjectiveContext,
  batch: DistillationBatch,
  random: RandomStream,
  relaxation: Relaxation,
  reduction: Reduction,
  times?: TimeOptions,
): Feeds {
  const first = drawNoise(context, batch, random.split('first'), times);
  const second = drawNoise(context, batch, random.split('second'), times);
  const rows = first['positions']!.values.length;
  const positions = second['positions']!.values as Int32Array;
  return {
    ids: intFeed(batch.ids, [batch.batch, batch.length]),
    factors: floatFeed(reductionFactors(positions, batch.batch, batch.length, reduction, batch.valid)),
    ...prefixed('first', first),
    ...prefixed('second', second),
    ...prefixed('relaxation', relaxation.noise(rows, context.family.process.vocabSize, random.split('relaxation'))),
  };
}

/** The student's one-step sample of the clean tokens from its noisy input: soft rows where the input was noisy. */
function generate(
  context: ObjectiveContext,
  student: Parameters,
  fed: Fed,
  relaxation: Relaxation,
  frozen: boolean,
): CleanTokens {
  const first = withPrefix('first', fed);
  const noisy = context.family.corrupt({ ids: fed['ids']! }, first);
  const logProbs = () => context.family.toLogProbs(predictAt(context, student, noisy), noisy);
  const { soft, hard } = relaxation.relax(frozen ? detach(logProbs) : logProbs(), withPrefix('relaxation', fed));
  return { ids: fed['ids']!, soft: { rowOf: first['rows']!, probs: soft, drawn: hard } };
}

/** A network's diffusion loss on the student's tokens, D(net) = Σ factor · loss. */
function diffusionLoss(
  context: ObjectiveContext,
  network: Parameters,
  clean: CleanTokens,
  fed: Fed,
  frozen: boolean,
): Tensor {
  const second = withPrefix('second', fed);
  const noisy = context.family.corrupt(clean, second);
  const perPosition = networkLoss(context, network, clean, noisy, second, { frozen });
  return tf.sum(tf.mul(perPosition, fed['factors']!));
}

/**
 * The inverse-distillation objective, L_IDLM(θ) = L(teacher; p_θ) − min_f L(f; p_θ): zero only when the student's
 * distribution is the data's. The minimum is followed by the fake network, trained on the student's samples in turn.
 * Generic over families: it uses only their `noise`, `corrupt`, `toLogProbs` and `loss`.
 *
 * Student step: data → noise at time g → student's tokens G → noise at time t → D(teacher) − D(fake), whose gradient
 * reaches the student through G. Fake step: the same with G constant, and D(fake) alone.
 * Source: IDLM (2026), equations of sections 3 and 4; the reference's order of draws.
 */
export function inverseObjective(context: ObjectiveContext, options: InverseOptions = {}): Objective {
  const { relaxation = simplex(), reduction = 'sum', times } = options;
  const feeds = (batch: DistillationBatch, random: RandomStream) =>
    drawStep(context, batch, random, relaxation, reduction, times);
  return {
    spec: {
      name: 'idlm',
      options: { relaxation: { name: relaxation.spec.name, options: relaxation.spec.options ?? {} }, reduction },
    },
    studentFeeds: feeds,
    fakeFeeds: feeds,
    studentLoss({ student, teacher, fake }: Networks, fed) {
      const clean = generate(context, student, fed, relaxation, false);
      const teacherLoss = diffusionLoss(context, teacher, clean, fed, true);
      const fakeLoss = diffusionLoss(context, fake, clean, fed, true);
      return { loss: tf.sub(teacherLoss, fakeLoss), stats: { teacherLoss, fakeLoss } };
    },
    fakeLoss({ student, fake }, fed) {
      const loss = diffusionLoss(context, fake, generate(context, student, fed, relaxation, true), fed, false);
      return { loss, stats: {} };
    },
  };
}
