import { type RandomStream, randomStream } from '@idlm/core-diffusion';
import type { Config } from '../config/schema';

/** What is trained, as the streams of its updates are called. */
export type TrainedTask = 'teacher' | 'scorer' | 'distillation';

/**
 * The random streams of a configuration by what is drawn from them: all of its seeds and labels stand here. Each call gives the
 * stream at its beginning, so that whoever draws twice draws the same.
 */
export interface Streams {
  /** Weights of a new network; the scorer's are others than the teacher's. */
  initial(network: 'teacher' | 'scorer'): RandomStream;
  /** Times, noise and choices of the updates of a task. */
  updates(task: TrainedTask): RandomStream;
  /** Order of a task's batches. */
  batches(task: TrainedTask): RandomStream;
  /** Held-out loss of the teacher. */
  validation(): RandomStream;
  /** Held-out sequences, samples and prompts of the guard. */
  guard(use: 'data' | 'samples' | 'prompts'): RandomStream;
  /** Texts that a run shows. */
  runSamples(): RandomStream;
  /** Texts that are written with a model. */
  texts(): RandomStream;
  /** What an evaluation draws; its seed may be another. */
  evaluation(use: 'evaluation' | 'likelihood' | 'real text' | 'film' | 'grids'): RandomStream;
}

/** Seed of an evaluation's samples. */
export const evaluationSeed = ({ evaluation, seed }: Pick<Config, 'evaluation' | 'seed'>): number =>
  evaluation.seed ?? seed;

/** The random streams that follow from the seeds of a configuration. */
export function streamsOf(config: Pick<Config, 'evaluation' | 'seed'>): Streams {
  const { seed } = config;
  const root = randomStream(seed);
  const judged = randomStream(evaluationSeed(config));
  return {
    initial: (network) => (network === 'teacher' ? root : randomStream(seed + 1)).split('initial'),
    updates: (task) => root.split(task),
    batches: (task) => root.split(task).split('data'),
    validation: () => root.split('teacher').split('validation'),
    guard: (use) => root.split('guard').split(use),
    runSamples: () => root.split('samples'),
    texts: () => root.split('sample'),
    evaluation: (use) => judged.split(use),
  };
}
