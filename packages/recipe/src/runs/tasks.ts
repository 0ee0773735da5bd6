import { InputError, type NetworkDescription, type Parameters, randomStream } from '@idlm/core-diffusion';
import { denoisers, freshParameters } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { type Objective, objectives } from '@idlm/idlm-loss';
import { type Task, autoregressiveTask, distillationTask, teacherTask } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { familyFor, optimizerFor } from '../models/network';
import type { PreparedCorpus } from '../text/corpus';

/** What every task is made from. */
export interface TaskContext {
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly network: NetworkDescription;
}

/** Batches of the training part for one task; each task has a stream of its own. */
const loaderFor = ({ config, corpus, network }: TaskContext, task: string, batch: number) =>
  corpus.loader({
    length: network.config.length,
    batch,
    random: randomStream(config.seed).split(task).split('data'),
  });

/** Frees initial weights once a task has copied them. */
function startFresh(network: NetworkDescription, seed: number, make: (parameters: Parameters) => Task): Task {
  const parameters = freshParameters(network, randomStream(seed).split('initial'));
  const task = make(parameters);
  tf.dispose(parameters);
  return task;
}

/** Training of a teacher as configured. */
export function makeTeacherTask(context: TaskContext): Task {
  const { config, engine, corpus, network } = context;
  const { updates, batch, reduction, antithetic, samplingEps, optimizer } = config.teacher;
  return startFresh(network, config.seed, (parameters) =>
    teacherTask({
      engine,
      family: familyFor(config, corpus.tokenizer),
      denoiser: denoisers.create(network),
      parameters,
      loader: loaderFor(context, 'teacher', batch),
      random: randomStream(config.seed).split('teacher'),
      optimizer: optimizerFor(optimizer, updates),
      times: { antithetic, samplingEps },
      reduction,
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
  const { config, engine } = context;
  const { updates, batch, optimizer } = config.scorers.autoregressive;
  const network = scorerNetwork(context.network);
  return startFresh(network, config.seed + 1, (parameters) =>
    autoregressiveTask({
      engine,
      denoiser: denoisers.create(network),
      parameters,
      loader: loaderFor(context, 'scorer', batch),
      optimizer: optimizerFor(optimizer, updates),
    }),
  );
}

/** The configured objective. @throws InputError for options that it lacks, or a family that it does not suit */
export const objectiveFor = ({ network, corpus }: Pick<TaskContext, 'network' | 'corpus'>, config: Config): Objective =>
  objectives.create(config.distillation.objective, {
    family: familyFor(config, corpus.tokenizer),
    denoiser: denoisers.create(network),
  });

/** Distillation of a student from a teacher's weights, as configured. */
export function makeDistillationTask(context: TaskContext, teacher: Parameters): Task {
  const { config, engine } = context;
  const { updates, batch, fakeUpdates, student, fake } = config.distillation;
  return distillationTask({
    engine,
    objective: objectiveFor(context, config),
    teacher,
    loader: loaderFor(context, 'distillation', batch),
    random: randomStream(config.seed).split('distillation'),
    student: optimizerFor(student, updates),
    fake: optimizerFor(fake, updates * fakeUpdates),
    fakeUpdates,
  });
}
