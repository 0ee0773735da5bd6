import {
  type CleanTokens,
  InputError,
  type LazyCleanTokens,
  type LossOptions,
  type NetworkLossOptions,
  type NoiseFeeds,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  type Reduction,
  type Uploaded,
  diffusionLosses,
  lossInput,
  lossesInParts,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
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
import { type LazilyGenerated, generateLazily } from './lazy-tokens';
import { type Generated, type StepFeeds, drawStep, generate } from './student-tokens';

/** How the inverse objective is set up. */
export interface InverseOptions extends Pick<LossOptions, 'times'> {
  /** How gradients pass through the student's tokens (default `simplex()`, the reference's). */
  readonly relaxation?: Relaxation;
  /**
   * `'sum'` over positions (default) is the reference (its learning rate depends on L); `'mean'` is the reference with prompts.
   */
  readonly reduction?: Reduction;
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

/** The family's own loss of the student on the data, from the call that made its tokens. */
function anchorLoss(
  context: ObjectiveContext,
  own: Generated | LazilyGenerated,
  { ids, first }: Uploaded<StepFeeds>,
): Tensor {
  const { family } = context;
  const { noise, factors } = first;
  const lossAt = (output: Tensor, clean: CleanTokens, seen: NoisyTokens, fed: Uploaded<NoiseFeeds>) =>
    family.loss(lossInput(family, output, seen), clean, seen, fed).perPosition;
  const perPosition =
    'most' in own
      ? lossesInParts(context, [own.logits], { ids }, { noisy: own.noisy, noise, most: own.most }, (output, given) =>
          lossAt(output, given.clean, given.noisy, given.noise),
        )[0]!
      : lossAt(own.logits, { ids }, own.noisy, noise);
  return tf.sum(tf.mul(perPosition, factors));
}

/**
 * The inverse-distillation objective, L_IDLM(θ) = L(teacher; p_θ) − min_f L(f; p_θ): zero only when the student's
 * distribution is the data's. The minimum is followed by the fake network, trained on the student's samples in turn.
 * Generic over families: it uses only their `noise`, `corrupt`, `toLogProbs` and `loss`.
 *
 * Student step: data → noise at time g → student's tokens G → noise at time t → D(teacher) − D(fake), whose gradient
 * reaches the student through G. Fake step: the same with G constant, and D(fake) alone. With R the relaxation's soft tokens,
 * q(· | x) the corruption and λ the anchor, what is minimised in the student's weights θ and in the fake's f is
 *
 *     student   E_{x ~ data, y ~ q_g(· | x)} E_{z ~ q_t(· | R_θ(y))} [ D(teacher; z, R_θ(y)) − D(f; z, R_θ(y)) ] + λ D(θ; y, x)
 *     fake      E_{x ~ data, y ~ q_g(· | x)} E_{z ~ q_t(· | R_θ(y))} D(f; z, R_θ(y)) , R_θ(y) a constant
 *
 * @param context the family, and the network that student, teacher and fake have in common
 * @param options.relaxation what stands for the student's discrete tokens, see `relaxations`
 * @param bounds.logitsOfPart logits at a time, of which a step that would hold more is computed in parts; the values are the same
 * @returns draws of a step on the host, and its two losses, scalars on the device; `stats` tells D(teacher), D(fake) and, with an
 * anchor, the loss on the data
 * @throws InputError for a negative anchor
 * Source: IDLM (2026), equations of sections 3 and 4; the reference's order of draws.
 */
export function inverseObjective(
  context: ObjectiveContext,
  options: InverseOptions = {},
  bounds: Pick<NetworkLossOptions, 'logitsOfPart'> = {},
): Adversarial<StepFeeds> {
  const { logitsOfPart } = bounds;
  const { relaxation = simplex(), reduction = 'sum', anchor = 0, largestStudentTime = 1 } = options;
  if (!(anchor >= 0)) throw new InputError(`anchor is a weight of at least 0; ${anchor} was given.`);
  const feeds = (batch: DistillationBatch, random: RandomStream) =>
    drawStep(context, batch, random, { ...options, relaxation, reduction });
  const generated = (student: Parameters, fed: Uploaded<StepFeeds>, frozen: boolean) =>
    generateLazily(context, student, fed, relaxation, { frozen, logitsOfPart }) ??
    generate(context, student, fed, relaxation, { frozen });
  const lossesOn = (
    clean: CleanTokens | LazyCleanTokens,
    networks: readonly Parameters[],
    fed: Uploaded<StepFeeds>,
    frozen: boolean,
  ) => diffusionLosses(context, networks, clean, fed.second, { frozen, logitsOfPart });
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
      const own = generated(student, fed, false);
      const [teacherLoss, fakeLoss] = lossesOn(own.clean, [teacher, fake], fed, true) as [Tensor, Tensor];
      const inverse: LossWithStats = { loss: tf.sub(teacherLoss, fakeLoss), stats: { teacherLoss, fakeLoss } };
      if (anchor === 0) return inverse;
      const dataLoss = anchorLoss(context, own, fed);
      return { loss: tf.add(inverse.loss, tf.mul(anchor, dataLoss)), stats: { ...inverse.stats, dataLoss } };
    },
    fakeLoss({ student, fake }, fed) {
      const { clean } = generated(student, fed, true);
      return { loss: lossesOn(clean, [fake], fed, false)[0]!, stats: {} };
    },
  };
}
