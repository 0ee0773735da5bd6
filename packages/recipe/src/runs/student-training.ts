import type { Parameters } from '@idlm/core-diffusion';
import { NonFiniteStep } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelFiles } from '../models/model-files';
import type { Recipe } from '../resolved/recipe';
import { draw, makeGuard } from './guard';
import { drawnPerToken, predictedShare } from './memory-estimate';
import { type TaskContext, makeDistillationTask, objectiveFor } from './tasks';
import type { Training } from './training';

/** What a student is distilled from. */
export interface StudentTrainingOptions {
  /** With the network of the teacher, which is the student's too. */
  readonly recipe: Recipe;
  /** The teacher, whose weights are read where the training is opened. */
  readonly teacher: Pick<ModelFiles, 'folder' | 'stored'>;
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
export function studentTraining({ recipe, teacher, notes }: StudentTrainingOptions): Training {
  const objective = objectiveFor(recipe);
  const hasFake = objective.fakeLoss !== undefined;
  const { family, network } = recipe;
  const { updates, batch, accumulate, fakeUpdates, student, fake } = recipe.config.distillation;
  return {
    ...{ role: 'student', label: 'Distilling the student', recipe, network, updates },
    size: {
      ...{ trained: hasFake ? 2 : 1, frozen: 1, steps: hasFake ? fakeUpdates + 1 : 1 },
      averaged: Number(student.ema > 0) + Number(hasFake && fake.ema > 0),
      // The first teacher stays, beside the one that the student's average becomes.
      kept: objective.refresh ? 1 : 0,
      ...{ batch, accumulate, predicted: predictedShare(family) },
      // For the student's tokens, and for those by which the others see them.
      drawn: 2 * drawnPerToken(family),
    },
    family: family.spec,
    notes,
    async open(engine, ranks) {
      const context = { ...recipe, engine, ranks };
      const parameters = await teacher.stored.read();
      const task = makeDistillationTask(context, objective, parameters);
      return {
        task,
        identity: { teacher: await teacher.stored.hash() },
        guard: (onEvent, signal) => makeGuard(context, parameters, onEvent, signal),
        explain: (error) => blameTeacher(error, context, parameters, teacher.folder),
        dispose() {
          tf.dispose(parameters);
          task.dispose();
        },
      };
    },
  };
}
