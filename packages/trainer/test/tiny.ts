import { type Family, type Parameters, type RandomStream, mdlm, randomStream } from '@idlm/core-diffusion';
import type { MemoryLoader } from '@idlm/data';
import { type DitConfig, dit, initialParameters } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { inverseObjective } from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import { type AutoregressiveOptions, autoregressiveTask } from '../src/tasks/autoregressive';
import { type DistillationOptions, distillationTask } from '../src/tasks/distillation';
import { type TeacherOptions, teacherTask } from '../src/tasks/teacher';
import type { Task } from '../src/tasks/task';
import type { OptimizerOptions } from '../src/steps/step';

/** A model that trains in milliseconds: six tokens and the mask. */
export const config: DitConfig = {
  hidden: 16,
  blocks: 1,
  heads: 2,
  cond: 4,
  vocabSize: 7,
  length: 8,
  timeConditioned: false,
};

export const tinyFamily = (): Family => mdlm({ vocabSize: config.vocabSize, maskId: config.vocabSize - 1 });

/** Weights drawn small and even in the layers that start at zero, so that every gradient is at work. */
export function tinyParameters(seed = 1): Parameters {
  const random = randomStream(seed);
  const initial = initialParameters(config, random);
  return Object.fromEntries(
    Object.entries(initial).map(([name, value]) => {
      const noise = random.split(name).split('more').uniforms(value.size);
      const moved = tf.tidy(() =>
        tf.add(
          value,
          tf.tensor(
            Float32Array.from(noise, (u) => 0.2 * (u - 0.5)),
            value.shape,
          ),
        ),
      );
      value.dispose();
      return [name, moved];
    }),
  );
}

/** Rows that count upwards from a drawn start: text that even a tiny model can learn. Passes over it are epochs of 6. */
export function countingLoader(batch = 4, random: RandomStream = randomStream(7)): MemoryLoader {
  const { length } = config;
  return {
    batch,
    length,
    at(k) {
      const epoch = random.split(Math.floor((k * batch) / 6));
      const starts = epoch.integers(batch, 6);
      const ids = Int32Array.from(
        { length: batch * length },
        (_, i) => (starts[Math.floor(i / length)]! + (i % length) + k) % 6,
      );
      return { ids, batch, length };
    },
  };
}

export const optimizer = (rate = 3e-3): OptimizerOptions => ({ rate: () => rate, clip: 1, ema: { decay: 0.9 } });

/** A teacher task on the counting text. */
export function tinyTeacher(engine: Engine, more: Partial<TeacherOptions> = {}): Task {
  const parameters = tinyParameters();
  const task = teacherTask({
    engine,
    family: tinyFamily(),
    denoiser: dit(config),
    parameters,
    loader: countingLoader(),
    random: randomStream(3),
    optimizer: optimizer(),
    ...more,
  });
  Object.values(parameters).forEach((tensor) => tensor.dispose());
  return task;
}

/** A scorer task on the counting text. */
export function tinyScorer(engine: Engine, more: Partial<AutoregressiveOptions> = {}): Task {
  const parameters = tinyParameters();
  const denoiser = dit({ ...config, causal: true });
  const task = autoregressiveTask({
    ...{ engine, denoiser, parameters, loader: countingLoader(), optimizer: optimizer() },
    ...more,
  });
  Object.values(parameters).forEach((tensor) => tensor.dispose());
  return task;
}

/** A distillation of the given teacher on the counting text. */
export const tinyDistillation = (engine: Engine, teacher: Parameters, more: Partial<DistillationOptions> = {}): Task =>
  distillationTask({
    engine,
    objective: inverseObjective({ family: tinyFamily(), denoiser: dit(config) }, { reduction: 'mean' }),
    teacher,
    loader: countingLoader(),
    random: randomStream(3),
    student: optimizer(1e-3),
    fake: optimizer(2e-3),
    ...more,
  });
