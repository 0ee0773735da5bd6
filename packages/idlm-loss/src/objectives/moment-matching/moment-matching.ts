import {
  type Denoiser,
  type FloatFeed,
  InputError,
  type LossFeeds,
  type LossOptions,
  type Parameters,
  type Uploaded,
  batchRowsAt,
  drawCategories,
  detach,
  drawLoss,
  floatFeed,
  logProbsAt,
  pickEntries,
  placeTokens,
  slotCount,
  uniformFeed,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../../objective';
import { checkCounts } from '../shared/counts';
import { leaveOneOut } from '../shared/leave-one-out';
import { numbered } from '../shared/numbered';
import { kernelReward, meanSquaredDistance } from './kernel-reward';
import { chosenTokens, inPlace } from './representation';

/** Options of moment matching. */
export interface MomentMatchingOptions extends Pick<LossOptions, 'times'> {
  /** G ≥ 2: groups of draws from each noisy text, each with a reward of its own (default 4). */
  readonly candidates?: number;
  /** Draws that share a reward, 2 at least: what repels is another draw (default 2). */
  readonly draws?: number;
  /** Scale of the kernel in mean squared distances of the data's tokens, above 0 (default 1). */
  readonly bandwidth?: number;
}

/** The draws of a step. */
interface MomentFeeds extends Omit<LossFeeds, 'factors'> {
  /** 1/(G D M) at each of the M noisy positions, [N]; 0 at padding. */
  readonly shares: FloatFeed;
  /** What draws the tokens of each candidate's draws, [G·D, N]. */
  readonly uniforms: FloatFeed;
}

/** A denoiser's hidden states. @throws InputError for a network that has none */
function hiddenOf({ denoiser }: ObjectiveContext): NonNullable<Denoiser['hidden']> {
  if (denoiser.hidden) return denoiser.hidden;
  throw new InputError(
    'moment-matching compares texts by the hidden states of the network, and this denoiser has no "hidden": add that member to it, or choose another objective.',
  );
}

/** Rewards of the candidates, [G, B], and nothing of it on the gradient tape. */
function rewardsOf(
  hidden: NonNullable<Denoiser['hidden']>,
  teacher: Parameters,
  { ids, noise: { positions, slots } }: Uploaded<MomentFeeds>,
  drawn: readonly (readonly Tensor[])[],
  bandwidth: number,
): Tensor {
  const shape = ids.shape as [number, number];
  const represent = (tokens: Tensor) =>
    inPlace(hidden(teacher, { ids: tokens }, tf.zeros([shape[0]]), positions), slots, shape);
  const chosen = chosenTokens(slots, shape);
  const real = represent(ids);
  const scale = tf.mul(meanSquaredDistance(real, chosen), bandwidth);
  return tf.stack(
    drawn.map((group) =>
      tf.tidy(() => {
        const clouds = group.map((tokens) => represent(placeTokens(ids, slots, tokens)));
        return kernelReward({ real, drawn: clouds, chosen }, scale);
      }),
    ),
  );
}

/**
 * Matching of distributions in a representation space (maximum mean discrepancy, the distance of all moments that a kernel
 * sees): from each noisy text the student draws its missing tokens, several times over; the frozen teacher represents
 * the completed texts, token by token; and what brings their cloud closer to the data's is reinforced, with the other
 * candidates of the same text as baseline:
 *
 *     ∇ = −1/(G D M) Σ_g (R_g − mean R_{≠g}) Σ_{d, l} ∇ ln p_θ(x_{g,d,l} | x_t) ,  R_g ≐ −MMD²(φ(x_g), φ(x_0))
 *
 * No second network is trained. The representation is the teacher's last hidden state at noise 0 (`Denoiser.hidden`), where the paper takes an inner
 * block's; the kernel's width is in units of the data's own spread, where the paper's is a number for its model.
 * @param context the family, and a network with hidden states, which student and teacher have in common
 * @returns an objective without a second network; a student step costs G·D + 4 forward passes; `stats` tells the mean reward
 * @throws InputError for fewer than two candidates or draws, a bandwidth of 0, or a network without `hidden`
 * Source: "Representation-Space MMD for Diffusion Language Models" (arXiv 2610.06648): grouped REINFORCE for discrete models.
 */
export function momentMatching(context: ObjectiveContext, options: MomentMatchingOptions = {}): Objective<MomentFeeds> {
  const { family } = context;
  const { candidates = 4, draws = 2, bandwidth = 1, times } = options;
  checkCounts('moment-matching', { candidates, draws }, 2);
  if (!(bandwidth > 0)) throw new InputError(`bandwidth of moment-matching is above 0; ${bandwidth} was given.`);
  const hidden = hiddenOf(context);
  const total = candidates * draws;
  return {
    spec: { name: 'moment-matching', options: { candidates, draws, bandwidth } },
    passes: { student: PASSES_WITH_GRADIENT + 1 + total, fake: 0 },
    studentFeeds(batch, random) {
      const { ids, noise } = drawLoss(family, numbered(batch), random, { times });
      const width = noise.positions.values.length;
      const count = slotCount(noise);
      const share = 1 / Math.max(1, total * count);
      const uniforms = uniformFeed(random.split('tokens').uniforms(total * width));
      return {
        ids,
        noise,
        shares: floatFeed(new Float32Array(width).fill(share, 0, count)),
        uniforms: { ...uniforms, shape: [total, width] },
      };
    },
    studentLoss({ student, teacher }, fed) {
      const noisy = family.corrupt({ ids: fed.ids }, fed.noise);
      const logProbs = logProbsAt(context, student, noisy);
      const probs = detach(() => tf.exp(logProbs));
      const drawn = tf.unstack(fed.uniforms).map((uniforms) => drawCategories(probs, uniforms));
      const groups = Array.from({ length: candidates }, (_, g) => drawn.slice(g * draws, (g + 1) * draws));
      const rewards = detach(() => rewardsOf(hidden, teacher, fed, groups, bandwidth));
      const advantages = tf.unstack(detach(() => leaveOneOut(rewards)));
      const batchRows = batchRowsAt(noisy.positions, fed.ids.shape[1]!);
      const scores = groups.map((group, g) => {
        const weights = tf.mul(tf.gather(advantages[g]!, batchRows as tf.Tensor1D), fed.shares);
        return tf.sum(tf.mul(tf.addN(group.map((tokens) => pickEntries(logProbs, tokens))), weights));
      });
      return { loss: tf.neg(tf.addN(scores)), stats: { reward: tf.mean(rewards) } };
    },
  };
}
