import type { Tensor } from '@tensorflow/tfjs-core';
import type { Reconstruction } from '../losses/reconstruction';
import type { MarkedBatch } from '../noise/batch';
import type { CleanTokens, LazyCleanTokens } from '../noise/clean-tokens';
import type { NoiseFeeds, NoiseOptions, NoisyTokens } from '../noise/noise';
import type { Trajectory } from '../noise/trajectory';
import type { RandomStream } from '../random/stream';
import type { Uploaded } from '../tensors/feeds';
import type { SamplingFamily } from './sampling-family';

/** A loss on the device. */
export interface LossTerms {
  /** Loss of each of `NoisyTokens.positions`, weighted, [N]; 0 at padding. */
  readonly perPosition: Tensor;
}

/**
 * A kind of diffusion language model: schedule + process + parameterization, which is all that sampling needs, and the
 * training loss. `noise` draws everything random on the host into feeds; the device half is pure and differentiable.
 * `Noise` is what the family draws: code that is about any family hands it on, from `noise` to the device half, and reads no
 * more of it than `NoiseFeeds`.
 */
export interface Family<Noise extends NoiseFeeds = NoiseFeeds> extends SamplingFamily {
  /**
   * Host: draws the noise of one batch at times t [B], one per batch row, into feeds that `corrupt` and `loss` read.
   * @throws InputError for sizes that do not fit
   */
  noise(clean: MarkedBatch, times: Float64Array, random: RandomStream, options?: NoiseOptions): Noise;
  /** Device: q(x_t | x_0), pure in `clean` and the feeds of `noise`. */
  corrupt(clean: CleanTokens, noise: Uploaded<Noise>): NoisyTokens;
  /**
   * Device: network output to log-probabilities over clean tokens, log x_θ, of the same shape.
   * Rows are those of `noisy.positions` ([N, V]). Never predicts the mask.
   */
  toLogProbs(logits: Tensor, noisy: NoisyTokens): Tensor;
  /**
   * Device: network output to what `loss` reads, of the same shape: log-scores for score models, logits where the loss
   * takes their softmax itself. Absent where that is `toLogProbs`.
   */
  parameterize?(logits: Tensor, noisy: NoisyTokens): Tensor;
  /** Device: the NELBO terms at `noisy.positions`, for hard or soft clean tokens. */
  loss(output: Tensor, clean: CleanTokens, noisy: NoisyTokens, noise: Uploaded<Noise>): LossTerms;
  /**
   * Members of the noise that hold a number for each slot, [N] each. Where they are named, `parameterize`, `toLogProbs` and `loss`
   * may be asked for some slots at a time, whose positions, numbers and rows they then get. Absent: for all slots at once.
   */
  readonly perSlot?: readonly string[];
  /**
   * Device: `corrupt` for a student's rows that are computed when they are asked for. Absent, or undefined for a noise, where
   * `corrupt` reads no rows, but the tokens that were drawn from them.
   */
  corruptRows?(clean: LazyCleanTokens, noise: Uploaded<Noise>): NoisyTokens | undefined;
  /** Present where the training loss has a second term, for which the network is called once more. */
  readonly reconstruction?: Reconstruction<Noise>;
  /**
   * Host: the states of a batch at any times in [0, 1] along one path of the process, as noise of hard tokens, for objectives
   * that compare a later state with an earlier one of the same path. Absent where the family has no such paths.
   */
  trajectory?(clean: MarkedBatch, random: RandomStream): Trajectory<Noise>;
}
