import { type Denoiser, type Parameters, intFeed, nextTokenLoss } from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { disposeNetwork, startNetwork } from '../network-state';
import { type OptimizerOptions, trainingStep } from '../training-step';
import type { Task } from './task';

/** What an autoregressive scorer is trained from. */
export interface AutoregressiveOptions {
  readonly engine: Engine;
  /** A causal network. */
  readonly denoiser: Denoiser;
  readonly parameters: Parameters;
  readonly loader: Loader;
  readonly optimizer: OptimizerOptions;
}

/** Training of the autoregressive baseline and scorer on the mean next-token loss. */
export function autoregressiveTask({ engine, denoiser, parameters, loader, optimizer }: AutoregressiveOptions): Task {
  const step = trainingStep(engine, optimizer, (weights, _frozen, { ids }) => {
    const sigma = tf.zeros([ids!.shape[0]!]);
    return { loss: tf.mean(nextTokenLoss(denoiser.apply(weights, { ids: ids! }, sigma), ids!)), stats: {} };
  });
  let state = startNetwork(parameters);
  return {
    name: 'scorer',
    result: 'scorer',
    tokensPerUpdate: loader.batch * loader.length,
    networks: () => ({ scorer: state }),
    restore({ scorer }) {
      disposeNetwork(state);
      state = scorer!;
    },
    async update(k) {
      const { ids, batch, length } = loader.at(k);
      const { state: next, report } = await step.run(state, {}, { ids: intFeed(ids, [batch, length]) });
      state = next;
      return { 'scorer/loss': report.loss, 'scorer/gradient-norm': report.gradientNorm, 'scorer/rate': report.rate };
    },
    dispose() {
      disposeNetwork(state);
      step.dispose();
    },
  };
}
