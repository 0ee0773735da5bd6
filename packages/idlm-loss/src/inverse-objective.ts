import {
  type CleanTokens,
  InputError,
  type NoisyTokens,
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
import type { DistillationBatch, LossWithStats, Networks, Objective, ObjectiveContext } from './objective';
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

type Settings = Required<Pick<InverseOptions, 'relaxation' | 'reduction' | 'anchor'>> & InverseOptions;

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
  { relaxation, reduction, anchor, times, largestStudentTime }: Settings,
): Feeds {
  const first = drawNoise(context, batch, random.split('first'), { ...times, largest: largestStudentTime });
  const second = drawNoise(context, batch, random.split('second'), times);
  const rows = first['positions']!.values.length;
  const factors = (noise: Feeds) =>
    floatFeed(
      reductionFactors(noise['positions']!.values as Int32Array, batch.batch, batch.length, reduction, batch.valid),
    );
  return {
    ids: intFeed(batch.ids, [batch.batch, batch.length]),
    factors: factors(second),
    ...(anchor > 0 ? { anchorFactors: factors(first) } : {}),
    ...prefixed('first', first),
    ...prefixed('second', second),
    ...prefixed('relaxation', relaxation.noise(rows, context.family.process.vocabSize, random.split('relaxation'))),
  };
}

/** The student's one-step sample of the clean tokens from its noisy input. */
interface Generated {
  /** Soft rows where the input was noisy. */
  readonly clean: CleanTokens;
  readonly logits: Tensor;
  /** The student's input. */
  readonly noisy: NoisyTokens;
}

/** @param frozen the student is a constant, and its call stays out of the gradient tape */
function generate(
  context: ObjectiveContext,
  student: Parameters,
  fed: Fed,
  relaxation: Relaxation,
  frozen: boolean,
): Generated {
  const { family } = context;
  const first = withPrefix('first', fed);
  const ids = fed['ids']!;
  const noisy = family.corrupt({ ids }, first);
  const predict = () => predictAt(context, student, noisy);
  const logits = frozen ? detach(predict) : predict();
  const { soft, hard } = relaxation.relax(family.toLogProbs(logits, noisy), withPrefix('relaxation', fed));
  return { clean: { ids, soft: { rowOf: first['rows']!, probs: soft, drawn: hard } }, logits, noisy };
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
  return tf.sum(tf.mul(perPosition, fed['anchorFactors']!));
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
  const settings: Settings = { relaxation: simplex(), reduction: 'sum', anchor: 0, ...options };
  const { relaxation, reduction, anchor, largestStudentTime = 1 } = settings;
  if (!(anchor >= 0)) throw new InputError(`anchor is a weight of at least 0; ${anchor} was given.`);
  const feeds = (batch: DistillationBatch, random: RandomStream) => drawStep(context, batch, random, settings);
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
