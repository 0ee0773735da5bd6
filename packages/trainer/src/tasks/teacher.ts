import {
  type Denoiser,
  type Family,
  type Feeds,
  type Parameters,
  type RandomStream,
  type Reduction,
  type TimeOptions,
  drawTimes,
  floatFeed,
  intFeed,
  networkLoss,
  reductionFactors,
} from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { StepLoss } from '../steps/gradients';
import type { OptimizerOptions } from '../steps/step';
import { type Part, checkCount, partsOf } from './parts';
import { singleNetworkTask } from './single-network';
import type { Task } from './task';

/** What a teacher is trained from. */
export interface TeacherOptions {
  readonly engine: Engine;
  readonly family: Family;
  readonly denoiser: Denoiser;
  /** Initial weights; copied. */
  readonly parameters: Parameters;
  readonly loader: Loader;
  readonly random: RandomStream;
  readonly optimizer: OptimizerOptions;
  readonly times?: TimeOptions;
  /** Default `'token-mean'`, the references'. */
  readonly reduction?: Reduction;
  /** Batches of the loader whose gradients make one update (default 1). */
  readonly accumulate?: number;
}

/** The family's diffusion loss of a network on clean data. */
const diffusionLoss =
  (family: Family, denoiser: Denoiser): StepLoss =>
  (parameters, _frozen, fed) => {
    const clean = { ids: fed['ids']! };
    const noisy = family.corrupt(clean, fed);
    const perPosition = networkLoss({ family, denoiser }, parameters, clean, noisy, fed);
    return { loss: tf.sum(tf.mul(perPosition, fed['factors']!)), stats: {} };
  };

/** The draws of one part of an update. */
function feedsOf(
  { family, times = {}, reduction = 'token-mean' }: TeacherOptions,
  { batch, random }: Part,
  update: number,
): Feeds {
  const { ids, batch: rows, length, valid, part } = batch;
  const drawn = drawTimes(rows, random.split('times'), { ...times, part });
  const noise = family.noise(batch, drawn, random.split('noise'), { valid, update });
  const factors = reductionFactors(noise['positions']!.values as Int32Array, rows, length, reduction, valid);
  return { ids: intFeed(ids, [rows, length]), factors: floatFeed(factors), ...noise };
}

/**
 * Training of a teacher on its family's loss: per update one batch (or several, accumulated), antithetic times over all of
 * it, and fresh noise.
 * @throws InputError unless `accumulate` is a whole number ≥ 1
 */
export function teacherTask(options: TeacherOptions): Task {
  const { family, denoiser, loader, random, accumulate = 1 } = options;
  const count = checkCount('accumulate', accumulate);
  return singleNetworkTask({
    ...options,
    role: 'teacher',
    loss: diffusionLoss(family, denoiser),
    feeds: (k) => partsOf(loader, k, count, random.split('teacher').split(k)).map((part) => feedsOf(options, part, k)),
    tokensPerUpdate: loader.batch * loader.length * count,
  });
}
