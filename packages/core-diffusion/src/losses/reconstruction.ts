import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type CleanTokens, hardIds } from '../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../noise/noise';
import { countedSlots } from '../noise/positions';
import type { Uploaded } from '../tensors/feeds';
import { cleanCrossEntropy } from './clean-cross-entropy';

/** The term −ln x_θ(x_0 | x_0) that discrete-time bounds have besides the diffusion loss. */
export interface Reconstruction<Noise extends NoiseFeeds = NoiseFeeds> {
  /** Device: the clean tokens as the network's input, at the noise of t = 0, with the positions of the loss. */
  input(clean: CleanTokens, noise: Uploaded<Noise>): NoisyTokens;
  /** Device: the term at each slot, [N]; 0 at padding. */
  loss(output: Tensor, clean: CleanTokens, noisy: NoisyTokens, noise: Uploaded<Noise>): Tensor;
}

/** −ln x_θ(x_0 | x_0) at every position of the loss, with σ = 0, from log-probabilities. */
export const reconstruction: Reconstruction = {
  input(clean, { sigma, positions }) {
    const ids = hardIds(clean);
    return { input: { ids }, ids, sigma: tf.zerosLike(sigma), positions };
  },
  loss: (logProbs, clean, { positions }, noise) =>
    tf.mul(cleanCrossEntropy(logProbs, clean, positions), countedSlots(noise)),
};
