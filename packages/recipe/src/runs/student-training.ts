import type { NetworkDescription, Parameters } from '@idlm/core-diffusion';
import { hashWeights, readWeights } from '@idlm/denoiser/node';
import { NonFiniteStep } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { familyFor } from '../models/network';
import type { PreparedCorpus } from '../text/corpus';
import { draw, makeGuard } from './guard';
import { predictedShare } from './memory-estimate';
import { type TaskContext, makeDistillationTask, objectiveFor } from './tasks';
import type { Training } from './training';

/** What a student is distilled from. */
export interface StudentTrainingOptions {
  readonly config: Config;
  readonly corpus: PreparedCorpus;
  /** The network of teacher and student. */
  readonly network: NetworkDescription;
  /** Model folder of the teacher, whose weights are read where the training is opened. */
  readonly teacher: string;
  /** What was assumed of the teacher, and in what it is used otherwise than it was trained, in sentences. */
  readonly notes?: readonly string[];
}

/** Where a step was refused: asks whether the teacher can be sampled at all, since then it is not the learning rate. */
async function blameTeacher(error: unknown, context: TaskContext, teacher: Parameters, folder: string): Promise<never> {
  if ((error as Error).cause instanceof NonFiniteStep)
    await draw(context, teacher, { rows: 4, steps: 8, network: `The teacher in ${folder}` });
  throw error;
}

/**
 * Distillation of a student as configured.
 * @throws InputError for an objective that does not suit the family or the network
 */
export function studentTraining({ config, corpus, network, teacher: folder, notes }: StudentTrainingOptions): Training {
  const hasFake = objectiveFor({ network, corpus }, config).fakeLoss !== undefined;
  const family = familyFor(config, corpus.tokenizer);
  const { updates, batch, fakeUpdates } = config.distillation;
  return {
    ...{ role: 'student', label: 'Distilling the student', config, corpus, network, updates },
    size: {
      ...{ trained: hasFake ? 2 : 1, frozen: 1, steps: hasFake ? fakeUpdates + 1 : 1 },
      ...{ batch, predicted: predictedShare(family) },
    },
    family: family.spec,
    notes,
    async open(engine) {
      const context = { config, engine, corpus, network };
      const { parameters } = await readWeights(folder, network);
      const task = makeDistillationTask(context, parameters);
      return {
        task,
        identity: { teacher: await hashWeights(folder) },
        guard: (onEvent, signal) => makeGuard(context, parameters, onEvent, signal),
        explain: (error) => blameTeacher(error, context, parameters, folder),
        dispose() {
          tf.dispose(parameters);
          task.dispose();
        },
      };
    },
  };
}
