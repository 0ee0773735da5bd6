import {
  type CleanTokens,
  type Denoiser,
  type Fed,
  InputError,
  type Parameters,
  categoricalRows,
  detach,
  floatFeed,
  pickEntries,
  predictAt,
  uniformFeed,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Objective, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../../objective';
import {
  type RivalOptions,
  checkCounts,
  countOf,
  drawCorruption,
  leaveOneOut,
  ownersOf,
  placeDrawn,
} from '../shared/draws';
import { kernelReward, meanSquaredDistance } from './kernel-reward';
import { chosenTokens, inPlace } from './representation';

/** Options of moment matching. */
export interface MomentMatchingOptions extends Pick<RivalOptions, 'times'> {
  /** G ≥ 2: groups of draws from each noisy text, each with a reward of its own (default 4). */
  readonly candidates?: number;
  /** Draws that share a reward, 2 at least: what repels is another draw (default 2). */
  readonly draws?: number;
  /** Scale of the kernel in mean squared distances of the data's tokens, above 0 (default 1). */
  readonly bandwidth?: number;
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
  { ids }: CleanTokens,
  drawn: readonly (readonly Tensor[])[],
  fed: Fed,
  bandwidth: number,
): Tensor {
  const noise = withPrefix('noise', fed);
  const shape = ids.shape as [number, number];
  const represent = (tokens: Tensor) =>
    inPlace(hidden(teacher, { ids: tokens }, tf.zeros([shape[0]]), noise['positions']!), noise['rows']!, shape);
  const chosen = chosenTokens(noise['rows']!, shape);
  const real = represent(ids);
  const scale = tf.mul(meanSquaredDistance(real, chosen), bandwidth);
  return tf.stack(
    drawn.map((group) =>
      tf.tidy(() => {
        const clouds = group.map((tokens) => represent(placeDrawn(ids, noise['rows']!, tokens)));
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
 * @throws InputError for fewer than two candidates or draws, a bandwidth of 0, or a network without `hidden`
 * Source: "Representation-Space MMD for Diffusion Language Models" (arXiv 2610.06648): grouped REINFORCE for discrete models.
 */
export function momentMatching(context: ObjectiveContext, options: MomentMatchingOptions = {}): Objective {
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
      const feeds = drawCorruption(context, batch, random, { times });
      const noise = withPrefix('noise', feeds);
      const positions = noise['positions']!.values;
      const count = countOf(noise);
      const share = 1 / Math.max(1, total * count);
      const uniforms = uniformFeed(random.split('tokens').uniforms(total * positions.length));
      return {
        ...feeds,
        owners: ownersOf(positions, batch.length),
        shares: floatFeed(Float32Array.from(positions, (_, n) => (n < count ? share : 0))),
        uniforms: { ...uniforms, shape: [total, positions.length] },
      };
    },
    studentLoss({ student, teacher }, fed) {
      const clean = { ids: fed['ids']! };
      const noisy = family.corrupt(clean, withPrefix('noise', fed));
      const logProbs = family.toLogProbs(predictAt(context, student, noisy), noisy);
      const probs = detach(() => tf.exp(logProbs));
      const drawn = tf.unstack(fed['uniforms']!).map((uniforms) => categoricalRows(probs, uniforms));
      const groups = Array.from({ length: candidates }, (_, g) => drawn.slice(g * draws, (g + 1) * draws));
      const rewards = detach(() => rewardsOf(hidden, teacher, clean, groups, fed, bandwidth));
      const advantages = tf.unstack(detach(() => leaveOneOut(rewards)));
      const scores = groups.map((group, g) => {
        const weights = tf.mul(tf.gather(advantages[g]!, fed['owners'] as tf.Tensor1D), fed['shares']!);
        return tf.sum(tf.mul(tf.addN(group.map((tokens) => pickEntries(logProbs, tokens))), weights));
      });
      return { loss: tf.neg(tf.addN(scores)), stats: { reward: tf.mean(rewards) } };
    },
  };
}
