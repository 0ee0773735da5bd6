import {
  type Denoiser,
  type Family,
  type Parameters,
  type RandomStream,
  type Reduction,
  type TimeOptions,
  drawTimes,
  floatFeed,
  intFeed,
  reductionFactors,
} from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { disposeNetwork, startNetwork } from '../network-state';
import { type OptimizerOptions, type StepLoss, trainingStep } from '../training-step';
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
}

/** The family's diffusion loss of a network on clean data. */
const diffusionLoss =
  (family: Family, denoiser: Denoiser): StepLoss =>
  (parameters, _frozen, fed) => {
    const clean = { ids: fed['ids']! };
    const noisy = family.corrupt(clean, fed);
    const logits = denoiser.apply(parameters, noisy.input, noisy.sigma, { positions: noisy.positions });
    const { perPosition } = family.loss(family.toLogProbs(logits, noisy), clean, noisy, fed);
    return { loss: tf.sum(tf.mul(perPosition, fed['factors']!)), stats: {} };
  };

/** Training of a teacher on its family's loss: one batch, antithetic times and fresh noise per update. */
export function teacherTask({
  engine,
  family,
  denoiser,
  parameters,
  loader,
  random,
  optimizer,
  times,
  reduction = 'token-mean',
}: TeacherOptions): Task {
  const step = trainingStep(engine, optimizer, diffusionLoss(family, denoiser));
  let state = startNetwork(parameters);
  return {
    name: 'teacher',
    result: 'teacher',
    tokensPerUpdate: loader.batch * loader.length,
    networks: () => ({ teacher: state }),
    restore({ teacher }) {
      disposeNetwork(state);
      state = teacher!;
    },
    async update(k) {
      const batch = loader.at(k);
      const draws = random.split('teacher').split(k);
      const noise = family.noise(batch, drawTimes(batch.batch, draws.split('times'), times), draws.split('noise'), {
        valid: batch.valid,
      });
      const factors = reductionFactors(
        noise['positions']!.values as Int32Array,
        batch.batch,
        batch.length,
        reduction,
        batch.valid,
      );
      const feeds = { ids: intFeed(batch.ids, [batch.batch, batch.length]), factors: floatFeed(factors), ...noise };
      const { state: next, report } = await step.run(state, {}, feeds);
      state = next;
      return { 'teacher/loss': report.loss, 'teacher/gradient-norm': report.gradientNorm, 'teacher/rate': report.rate };
    },
    dispose() {
      disposeNetwork(state);
      step.dispose();
    },
  };
}
