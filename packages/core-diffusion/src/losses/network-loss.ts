import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Denoiser, Parameters } from '../denoiser';
import { detach } from '../tensors/detach';
import type { CleanTokens, Family, Fed, NoisyTokens } from '../families/family';

/** A kind of diffusion, and the network that models it. */
export interface Model {
  readonly family: Family;
  readonly denoiser: Denoiser;
}

/** How `networkLoss` treats its network. */
export interface NetworkLossOptions {
  /**
   * The network is a constant: gradients pass through it only where its input is soft, and elsewhere its calls stay out of
   * the gradient tape.
   */
  readonly frozen?: boolean;
}

/** The network's logits at the positions of the loss, [N, V]. */
export function predictAt({ denoiser }: Model, parameters: Parameters, noisy: NoisyTokens, frozen = false): Tensor {
  const run = () => denoiser.apply(parameters, noisy.input, noisy.sigma, { positions: noisy.positions });
  return frozen && 'ids' in noisy.input ? detach(run) : run();
}

/**
 * A network's training loss at each of `noisy.positions`, weighted, [N]; 0 at padding. One call of the network, or two where
 * the family has a reconstruction term.
 * @param clean hard tokens, or a student's rows of the simplex
 * @param noisy what `family.corrupt` made of them with the feeds `noise`
 */
export function networkLoss(
  model: Model,
  parameters: Parameters,
  clean: CleanTokens,
  noisy: NoisyTokens,
  noise: Fed,
  { frozen = false }: NetworkLossOptions = {},
): Tensor {
  const { family } = model;
  const output = (at: NoisyTokens) =>
    (family.parameterize ?? family.toLogProbs)(predictAt(model, parameters, at, frozen), at);
  const { perPosition } = family.loss(output(noisy), clean, noisy, noise);
  if (!family.reconstruction) return perPosition;
  const start = family.reconstruction.input(clean, noise);
  return tf.add(perPosition, family.reconstruction.loss(output(start), clean, start, noise));
}
