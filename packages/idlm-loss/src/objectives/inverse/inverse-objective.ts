import {
  type CleanTokens,
  type Fed,
  InputError,
  type Parameters,
  type RandomStream,
  type Reduction,
  type TimeOptions,
  networkLoss,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Generated, drawStep, generate } from './student-tokens';
import {
  type Adversarial,
  type DistillationBatch,
  type LossWithStats,
  type Networks,
  type ObjectiveContext,
  PASSES_WITH_GRADIENT,
} from '../../objective';
import type { Relaxation } from '../../relaxations/relaxation';
import { simplex } from '../../relaxations/simplex';

/** How the inverse objective is set up. */
export interface InverseOptions {
  /** How gradients pass through the student's tokens (default `simplex()`, the reference's). */
  readonly relaxation?: Relaxation;
  /** `'sum'` over positions is the reference (its learning rate depends on L); `'mean'` is the reference with prompts. */
  readonly reduction?: Reduction;
  /** How both times of a step are drawn. */
  readonly times?: TimeOptions;
  /**
   * Largest time at which the student is asked for tokens, in (0, 1] (default 1, the reference). Near 1 a student that
   * writes all tokens at once can only be right by preferring few modes, which few-step sampling does not need of it.
   */
  readonly largestStudentTime?: number;
  /**
   * Weight λ ≥ 0 of the family's own loss of the student on the data (default 0, the reference). The inverse objective is a
   * reverse divergence, which forgives what the student leaves out; this one does not. Costs no further network call.
   */
  readonly anchor?: number;
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

/** The family's own loss of the student on the data, from the call that made its tokens. */
function anchorLoss({ family }: ObjectiveContext, { logits, noisy }: Generated, fed: Fed): Tensor {
  const first = withPrefix('first', fed);
  const output = (family.parameterize ?? family.toLogProbs)(logits, noisy);
  const { perPosition } = family.loss(output, { ids: fed['ids']! }, noisy, first);
  return tf.sum(tf.mul(perPosition, fed['firstFactors']!));
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
export function inverseObjective(context: ObjectiveContext, options: InverseOptions = {}): Adversarial {
  const { relaxation = simplex(), reduction = 'sum', anchor = 0, largestStudentTime = 1 } = options;
  if (!(anchor >= 0)) throw new InputError(`anchor is a weight of at least 0; ${anchor} was given.`);
  const feeds = (batch: DistillationBatch, random: RandomStream) =>
    drawStep(context, batch, random, { ...options, relaxation, reduction });
  return {
    spec: {
      name: 'idlm',
      options: {
        relaxation: { name: relaxation.spec.name, options: relaxation.spec.options ?? {} },
        reduction,
        largestStudentTime,
        anchor,
      },
    },
    // Teacher and fake pass gradients on where their input is soft; counted here as for hard tokens.
    passes: { student: PASSES_WITH_GRADIENT + 2, fake: 1 + PASSES_WITH_GRADIENT },
    studentFeeds: feeds,
    fakeFeeds: feeds,
    studentLoss({ student, teacher, fake }: Networks, fed) {
      const generated = generate(context, student, fed, relaxation, false);
      const teacherLoss = diffusionLoss(context, teacher, generated.clean, fed, true);
      const fakeLoss = diffusionLoss(context, fake, generated.clean, fed, true);
      const inverse: LossWithStats = { loss: tf.sub(teacherLoss, fakeLoss), stats: { teacherLoss, fakeLoss } };
      if (anchor === 0) return inverse;
      const dataLoss = anchorLoss(context, generated, fed);
      return { loss: tf.add(inverse.loss, tf.mul(anchor, dataLoss)), stats: { ...inverse.stats, dataLoss } };
    },
    fakeLoss({ student, fake }, fed) {
      const { clean } = generate(context, student, fed, relaxation, true);
      return { loss: diffusionLoss(context, fake, clean, fed, false), stats: {} };
    },
  };
}
