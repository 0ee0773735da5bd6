import {
  type FloatFeed,
  type LossOptions,
  type Parameters,
  type RandomStream,
  type Reduction,
  type Uploaded,
  drawCategories,
  detach,
  existingSlots,
  hardIds,
  hasSlot,
  networkLoss,
  pickEntries,
  placeTokens,
  uniformFeed,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type Adversarial,
  type DistillationBatch,
  type Networks,
  type ObjectiveContext,
  PASSES_WITH_GRADIENT,
} from '../../objective';
import type { RowUniforms } from '../../relaxations/relaxation';
import { simplex } from '../../relaxations/simplex';
import { checkCounts } from '../shared/counts';
import { leaveOneOut } from '../shared/leave-one-out';
import { type StepFeeds, drawStep, generate } from './student-tokens';

/** How the score-function objective is set up. */
export interface ScoreFunctionOptions extends Pick<LossOptions, 'times'> {
  /** K ≥ 2: samples of clean tokens that the student draws from each noisy input (default 4). */
  readonly samples?: number;
  /** `'sum'` over positions, as the inverse objective (default), or a mean. */
  readonly reduction?: Reduction;
  /** Largest time at which the student is asked for tokens, in (0, 1] (default 1). */
  readonly largestStudentTime?: number;
}

/** The draws of a fake's step; the student's has those of its further samples besides. */
type FakeFeeds = StepFeeds<RowUniforms>;
interface StudentFeeds extends FakeFeeds {
  /** Uniforms of all samples but the first, which is the relaxation's, [K − 1, N]. */
  readonly others: FloatFeed;
}

/** The sum over each batch row's positions of the values of slots: [N] to [B]; padding belongs to no row. */
function sumRows(values: Tensor, slots: Tensor, { shape }: Tensor): Tensor {
  const placed = tf.where(hasSlot(slots), tf.gather(values, existingSlots(slots) as tf.Tensor1D), tf.scalar(0));
  return tf.sum(tf.reshape(placed, shape), 1);
}

/** A network's diffusion loss on each row of hard tokens [B, L], D(net), reduced: [B]. */
function rowLosses(
  context: ObjectiveContext,
  network: Parameters,
  ids: Tensor,
  { noise, factors }: Uploaded<FakeFeeds>['second'],
): Tensor {
  return sumRows(tf.mul(networkLoss(context, network, { ids }, noise), factors), noise.slots, ids);
}

/**
 * The inverse objective by the score-function estimator (REINFORCE) with a leave-one-out baseline: the reference for the
 * relaxations, since it is unbiased. The student draws K samples of clean tokens from each noisy input; each is noised by the
 * same draws, which the baseline then takes out; both networks are constants:
 *
 *     ∇ = 1/K Σ_k (R_k − 1/(K − 1) Σ_{j≠k} R_j) ∇ Σ_l ln p_θ(x_{k,l} | y) ,   R_k = D(teacher)(x_k) − D(fake)(x_k)
 *
 * Its expectation is the gradient of E_y E_{x ~ p_θ(·|y)} [D(teacher)(x) − D(fake)(x)] at a fixed fake network, for hard
 * tokens, with every way that a token has to matter: as target, and as context of the other targets. The loss has the
 * estimate of that objective as its value.
 * @param context the family, and the network that student, teacher and fake have in common
 * @returns an objective whose fake step is the inverse objective's on hard tokens; one student step costs 2 K + 3 forward passes
 * @throws InputError unless the samples are a whole number of at least 2
 * Source: Williams (1992); leave-one-out: Kool et al. (2019), "Buy 4 REINFORCE samples, get a baseline for free!".
 */
export function scoreFunctionObjective(
  context: ObjectiveContext,
  options: ScoreFunctionOptions = {},
): Adversarial<StudentFeeds, FakeFeeds> {
  const { family } = context;
  const { samples = 4, reduction = 'sum', times, largestStudentTime = 1 } = options;
  checkCounts('idlm-score-function', { samples }, 2);
  const relaxation = simplex();
  const draw = (batch: DistillationBatch, random: RandomStream): FakeFeeds =>
    drawStep(context, batch, random, { relaxation, reduction, times, largestStudentTime });
  return {
    spec: { name: 'idlm-score-function', options: { samples, reduction, largestStudentTime } },
    passes: { student: PASSES_WITH_GRADIENT + 2 * samples, fake: 1 + PASSES_WITH_GRADIENT },
    studentFeeds(batch, random) {
      const feeds = draw(batch, random);
      const shape = [samples - 1, feeds.relaxation.uniforms.values.length] as const;
      const uniforms = uniformFeed(random.split('samples').uniforms(shape[0] * shape[1]));
      return { ...feeds, others: { ...uniforms, shape } };
    },
    fakeFeeds: draw,
    studentLoss({ student, teacher, fake }: Networks, fed) {
      const { clean, logits, noisy } = generate(context, student, fed, relaxation);
      const { drawn: first, probs, slots } = clean.soft;
      const others = tf.unstack(fed.others).map((uniforms) => drawCategories(probs, uniforms));
      const drawn = [first, ...others];
      const lossesOf = (network: Parameters) =>
        detach(() =>
          tf.stack(drawn.map((one) => rowLosses(context, network, placeTokens(clean.ids, slots, one), fed.second))),
        );
      const [teacherLosses, fakeLosses] = [lossesOf(teacher), lossesOf(fake)];
      const advantages = detach(() => leaveOneOut(tf.sub(teacherLosses, fakeLosses)));
      const logProbs = family.toLogProbs(logits, noisy);
      const scores = tf.stack(drawn.map((tokens) => sumRows(pickEntries(logProbs, tokens), slots, clean.ids)));
      const slope = tf.div(tf.sum(tf.mul(advantages, scores)), samples);
      const [teacherLoss, fakeLoss] = [tf.div(tf.sum(teacherLosses), samples), tf.div(tf.sum(fakeLosses), samples)];
      // The value is the objective's, the gradient the slope's.
      const value = detach(() => tf.sub(tf.sub(teacherLoss, fakeLoss), slope));
      return { loss: tf.add(value, slope), stats: { teacherLoss, fakeLoss } };
    },
    fakeLoss({ student, fake }, fed) {
      const { clean } = generate(context, student, fed, relaxation, { frozen: true });
      const data = detach(() => hardIds(clean));
      return { loss: tf.sum(rowLosses(context, fake, data, fed.second)), stats: {} };
    },
  };
}
