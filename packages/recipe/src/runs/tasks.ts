import { InputError, type NetworkDescription, type Parameters, type RandomStream } from '@idlm/core-diffusion';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import { denoisers, freshParameters } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { type Objective, objectives } from '@idlm/idlm-loss';
import { type Task, autoregressiveTask, distillationTask, teacherTask } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { resolveOptimizer } from '../resolved/optimizer';
import type { Recipe } from '../resolved/recipe';
import type { TrainedTask } from '../resolved/streams';

/** What every task is made from: a recipe, and what computes. */
export interface TaskContext extends Recipe {
  readonly engine: Engine;
  /** Processes that share the work (default: this one alone). */
  readonly ranks?: Communicator;
}

/** Batches of the training part for one task; each task has a stream of its own. */
const loaderFor = ({ corpus, network, streams }: TaskContext, task: TrainedTask, batch: number) =>
  corpus.loader({
    length: network.config.length,
    batch,
    random: streams.batches(task),
  });

/** Frees initial weights once a task has copied them. */
function startFresh(network: NetworkDescription, random: RandomStream, make: (parameters: Parameters) => Task): Task {
  const parameters = freshParameters(network, random);
  const task = make(parameters);
  tf.dispose(parameters);
  return task;
}

/** How ranks share a task as configured. */
const overRanks = ({ ranks, config }: TaskContext) => ({ ranks, wire: config.engine.wire });

/** Training of a teacher as configured. */
export function makeTeacherTask(context: TaskContext): Task {
  const { config, engine, family, network, denoiser, streams } = context;
  const { updates, batch, accumulate, reduction, antithetic, samplingEps, optimizer } = config.teacher;
  return startFresh(network, streams.initial('teacher'), (parameters) =>
    teacherTask({
      engine,
      family,
      denoiser,
      parameters,
      loader: loaderFor(context, 'teacher', batch),
      random: streams.updates('teacher'),
      optimizer: resolveOptimizer(optimizer, updates),
      times: { antithetic, samplingEps },
      reduction,
      accumulate,
      ...overRanks(context),
    }),
  );
}

/** The network of the autoregressive scorer: that of the model, made causal. @throws InputError if it cannot be */
export function scorerNetwork({ type, config }: NetworkDescription): NetworkDescription {
  const { causal } = denoisers.get(type);
  if (causal) return causal(config);
  throw new InputError(`The network "${type}" has no causal variant, so that no scorer of its kind can be trained.`);
}

/** Training of the autoregressive scorer as configured. */
export function makeScorerTask(context: TaskContext): Task {
  const { config, engine, streams } = context;
  const { updates, batch, accumulate, optimizer } = config.scorers.autoregressive;
  const network = scorerNetwork(context.network);
  return startFresh(network, streams.initial('scorer'), (parameters) =>
    autoregressiveTask({
      engine,
      denoiser: denoisers.create(network),
      parameters,
      loader: loaderFor(context, 'scorer', batch),
      optimizer: resolveOptimizer(optimizer, updates),
      accumulate,
      ...overRanks(context),
    }),
  );
}

/**
 * The objective that a configuration chooses.
 * @param config another one than the recipe's, where that differs in its distillation alone
 * @throws InputError for options that it lacks, or a family that it does not suit
 */
export const objectiveFor = (
  { family, denoiser, config: own }: Pick<Recipe, 'family' | 'denoiser' | 'config'>,
  config: Config = own,
): Objective => objectives.create(config.distillation.objective, { family, denoiser });

/** Distillation of a student from a teacher's weights, as configured. */
export function makeDistillationTask(context: TaskContext, objective: Objective, teacher: Parameters): Task {
  const { config, engine, streams } = context;
  const { updates, batch, accumulate, fakeUpdates, student, fake } = config.distillation;
  return distillationTask({
    engine,
    objective,
    teacher,
    loader: loaderFor(context, 'distillation', batch),
    random: streams.updates('distillation'),
    student: resolveOptimizer(student, updates),
    fake: resolveOptimizer(fake, updates * fakeUpdates),
    fakeUpdates,
    accumulate,
    ...overRanks(context),
  });
}
