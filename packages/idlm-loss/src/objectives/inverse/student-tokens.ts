import {
  type CleanTokens,
  type IntFeed,
  type LossDraws,
  type LossOptions,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  type Uploaded,
  checkShape,
  detach,
  drawNoise,
  idsFeed,
  predictAt,
} from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DistillationBatch, ObjectiveContext } from '../../objective';
import { numbered } from '../shared/numbered';
import type { Relaxation } from '../../relaxations/relaxation';

/** How a step's draws are made. */
export interface DrawSettings<Relaxing extends object> extends LossOptions {
  readonly relaxation: Relaxation<Relaxing>;
  /** Largest time at which the student is asked for tokens (default 1). */
  readonly largestStudentTime?: number;
}

/** All draws of one step. */
export interface StepFeeds<Relaxing extends object = object> {
  /** The clean tokens, int32 [B, L]. */
  readonly ids: IntFeed;
  /** The corruption that the student reads. */
  readonly first: LossDraws;
  /** What draws the student's tokens. */
  readonly relaxation: Relaxing;
  /** The corruption by which the other networks see those tokens. */
  readonly second: LossDraws;
}

/**
 * Host: the draws of one step, each under a stream of its own name.
 * @param batch data whose noisy positions the student is asked for; prompts stay as they are
 * @param settings.largestStudentTime the largest g at which it is asked, see `InverseOptions`
 */
export function drawStep<Relaxing extends object>(
  { family }: ObjectiveContext,
  batch: DistillationBatch,
  random: RandomStream,
  settings: DrawSettings<Relaxing>,
): StepFeeds<Relaxing> {
  const { relaxation, reduction, times, largestStudentTime } = settings;
  const early = { reduction, times: { ...times, largest: largestStudentTime } };
  const first = drawNoise(family, numbered(batch), random.split('first'), early).draws;
  const second = drawNoise(family, numbered(batch), random.split('second'), { reduction, times }).draws;
  const rows = first.noise.positions.values.length;
  return {
    ids: idsFeed(batch),
    first,
    second,
    relaxation: relaxation.noise(rows, family.process.vocabSize, random.split('relaxation')),
  };
}

/** The student's one-step sample of the clean tokens from its noisy input. */
export interface Generated {
  /** Soft rows where the input was noisy. */
  readonly clean: Required<CleanTokens>;
  readonly logits: Tensor;
  /** The student's input. */
  readonly noisy: NoisyTokens;
}

/** How a student's tokens are made. */
export interface GenerateOptions {
  /** The student is a constant, and its call stays out of the gradient tape. */
  readonly frozen?: boolean;
}

/**
 * Device: the student's tokens of one step, with all of its rows [N, V] at the noisy positions of `first`.
 * @param student its weights
 * @param fed what `drawStep` drew
 * @throws InputError for a relaxation that gives other shapes
 */
export function generate<Relaxing extends object>(
  context: ObjectiveContext,
  student: Parameters,
  fed: Uploaded<StepFeeds<Relaxing>>,
  relaxation: Relaxation<Relaxing>,
  { frozen = false }: GenerateOptions = {},
): Generated {
  const { family } = context;
  const { ids, first, relaxation: draws } = fed;
  const noisy = family.corrupt({ ids }, first.noise);
  const predict = () => predictAt(context, student, noisy);
  // Also where its input is soft, through which no gradient of a constant has to pass.
  const logits = frozen ? detach(predict) : predict();
  const logProbs = family.toLogProbs(logits, noisy);
  const { soft, hard } = relaxation.relax(logProbs, draws);
  const { N, V } = checkShape('log-probabilities', logProbs, 'N V');
  checkShape(`soft of the relaxation "${relaxation.spec.name}"`, soft, 'N V', { N: N!, V: V! });
  checkShape(`hard of the relaxation "${relaxation.spec.name}"`, hard, 'N', { N: N! });
  return { clean: { ids, soft: { slots: first.noise.slots, probs: soft, drawn: hard } }, logits, noisy };
}
