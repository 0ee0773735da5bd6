import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Denoiser, Parameters } from '../denoiser';
import type { Family } from '../families/family';
import type { CleanTokens } from '../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../noise/noise';
import { detach } from '../tensors/detach';
import type { Uploaded } from '../tensors/feeds';

/** A kind of diffusion, and the network that models it. */
export interface Model<Noise extends NoiseFeeds = NoiseFeeds> {
  readonly family: Family<Noise>;
  readonly denoiser: Denoiser;
}

/** How a loss treats its network. */
export interface NetworkLossOptions {
  /**
   * The network is a constant: gradients pass through it only where its input is soft, and elsewhere its calls stay out of
   * the gradient tape.
   */
  readonly frozen?: boolean;
}

/** The network's logits at the positions of the loss, [N, V]. */
export function predictAt(
  { denoiser }: Pick<Model, 'denoiser'>,
  parameters: Parameters,
  noisy: NoisyTokens,
  { frozen = false }: NetworkLossOptions = {},
): Tensor {
  const run = () => denoiser.apply(parameters, noisy.input, noisy.sigma, { positions: noisy.positions });
  return frozen && 'ids' in noisy.input ? detach(run) : run();
}

/** The network's log-probabilities over clean tokens at the positions of the loss, log x_θ, [N, V]. */
export const logProbsAt = (
  model: Model,
  parameters: Parameters,
  noisy: NoisyTokens,
  options?: NetworkLossOptions,
): Tensor => model.family.toLogProbs(predictAt(model, parameters, noisy, options), noisy);

/** What the family's loss reads of the network's output, [N, V]. */
export const lossInput = (family: Family, logits: Tensor, noisy: NoisyTokens): Tensor =>
  family.parameterize ? family.parameterize(logits, noisy) : family.toLogProbs(logits, noisy);

/**
 * A network's training loss at each slot, weighted, [N]; 0 at padding. One call of the network, or two where the family has a
 * reconstruction term.
 * @param clean hard tokens, or a student's rows of the simplex
 * @param noise the family's, by which they are noised
 */
export function networkLoss<Noise extends NoiseFeeds>(
  model: Model<Noise>,
  parameters: Parameters,
  clean: CleanTokens,
  noise: Uploaded<Noise>,
  options?: NetworkLossOptions,
): Tensor {
  const { family } = model;
  const output = (noisy: NoisyTokens) => lossInput(family, predictAt(model, parameters, noisy, options), noisy);
  const noisy = family.corrupt(clean, noise);
  const { perPosition } = family.loss(output(noisy), clean, noisy, noise);
  if (!family.reconstruction) return perPosition;
  const start = family.reconstruction.input(clean, noise);
  return tf.add(perPosition, family.reconstruction.loss(output(start), clean, start, noise));
}
