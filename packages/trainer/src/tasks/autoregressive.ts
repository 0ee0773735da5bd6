import { type Denoiser, type Parameters, intFeed, nextTokenLoss } from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerOptions } from '../steps/update';
import { checkCount } from './parts';
import { singleNetworkTask } from './single-network';
import type { Task } from './task';

/** What an autoregressive scorer is trained from. */
export interface AutoregressiveOptions {
  readonly engine: Engine;
  /** A causal network. */
  readonly denoiser: Denoiser;
  /** Initial weights; copied. */
  readonly parameters: Parameters;
  readonly loader: Loader;
  readonly optimizer: OptimizerOptions;
  /** Batches of the loader whose gradients make one update (default 1). */
  readonly accumulate?: number;
}

/**
 * Training of the autoregressive baseline and scorer on the mean next-token loss.
 * @throws InputError unless `accumulate` is a whole number ≥ 1
 */
export function autoregressiveTask(options: AutoregressiveOptions): Task {
  const { denoiser, loader, accumulate = 1 } = options;
  const count = checkCount('accumulate', accumulate);
  return singleNetworkTask({
    ...options,
    role: 'scorer',
    loss: (weights, _frozen, { ids }) => {
      const sigma = tf.zeros([ids!.shape[0]!]);
      return { loss: tf.mean(nextTokenLoss(denoiser.apply(weights, { ids: ids! }, sigma), ids!)), stats: {} };
    },
    feeds: (k) =>
      Array.from({ length: count }, (_, p) => {
        const { ids, batch, length } = loader.at(k * count + p);
        return { ids: intFeed(ids, [batch, length]) };
      }),
    tokensPerUpdate: loader.batch * loader.length * count,
  });
}
