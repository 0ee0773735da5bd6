import {
  type Denoiser,
  type Family,
  type LossFeeds,
  type LossOptions,
  type Parameters,
  type RandomStream,
  batchLoss,
  drawLoss,
} from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { OptimizerOptions } from '../steps/step';
import { checkCount, partsOf } from './parts';
import { singleNetworkTask } from './single-network';
import type { Task } from './task';

/** What a teacher is trained from. */
export interface TeacherOptions extends LossOptions {
  readonly engine: Engine;
  readonly family: Family;
  readonly denoiser: Denoiser;
  /** Initial weights; copied. */
  readonly parameters: Parameters;
  readonly loader: Loader;
  readonly random: RandomStream;
  readonly optimizer: OptimizerOptions;
  /** Batches of the loader whose gradients make one update (default 1). */
  readonly accumulate?: number;
}

/**
 * Training of a teacher on its family's loss: per update one batch (or several, accumulated), antithetic times over all of
 * it, and fresh noise.
 * @throws InputError unless `accumulate` is a whole number ≥ 1
 */
export function teacherTask(options: TeacherOptions): Task {
  const { family, loader, random, accumulate = 1 } = options;
  const count = checkCount('accumulate', accumulate);
  return singleNetworkTask<LossFeeds>({
    ...options,
    role: 'teacher',
    loss: (parameters, _frozen, fed) => ({ loss: batchLoss(options, parameters, fed), stats: {} }),
    async feeds(update) {
      const parts = await partsOf(loader, update, count, random.split('teacher').split(update));
      return parts.map(({ batch, random: part }) => drawLoss(family, { ...batch, update }, part, options));
    },
    tokensPerUpdate: loader.batch * loader.length * count,
  });
}
