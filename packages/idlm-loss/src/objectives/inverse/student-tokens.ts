import {
  type CleanTokens,
  type Fed,
  type Feeds,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  type Reduction,
  type TimeOptions,
  detach,
  drawTimes,
  floatFeed,
  intFeed,
  predictAt,
  prefixed,
  reductionFactors,
  withPrefix,
} from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DistillationBatch, ObjectiveContext } from '../../objective';
import type { Relaxation } from '../../relaxations/relaxation';

/** How a step's draws are made. */
export interface DrawSettings {
  readonly relaxation: Relaxation;
  readonly reduction: Reduction;
  /** How both times of a step are drawn. */
  readonly times?: TimeOptions;
  /** Largest time at which the student is asked for tokens (default 1). */
  readonly largestStudentTime?: number;
}

/** One corruption of a batch at fresh times. */
function drawNoise(
  { family }: ObjectiveContext,
  batch: DistillationBatch,
  random: RandomStream,
  times?: TimeOptions,
): Feeds {
  const drawn = drawTimes(batch.batch, random.split('times'), { ...times, part: batch.part });
  return family.noise(batch, drawn, random.split('noise'), { valid: batch.valid, update: batch.update ?? 0 });
}

/**
 * All draws of one step: the student's input (`first`), its tokens (`relaxation`), what the other networks see of them
 * (`second`), and the factors of the positions of both corruptions.
 */
export function drawStep(
  context: ObjectiveContext,
  batch: DistillationBatch,
  random: RandomStream,
  { relaxation, reduction, times, largestStudentTime }: DrawSettings,
): Feeds {
  const first = drawNoise(context, batch, random.split('first'), { ...times, largest: largestStudentTime });
  const second = drawNoise(context, batch, random.split('second'), times);
  const rows = first['positions']!.values.length;
  const factors = (noise: Feeds) =>
    floatFeed(
      reductionFactors(noise['positions']!.values as Int32Array, batch.batch, batch.length, reduction, batch.valid),
    );
  return {
    ids: intFeed(batch.ids, [batch.batch, batch.length]),
    factors: factors(second),
    firstFactors: factors(first),
    ...prefixed('first', first),
    ...prefixed('second', second),
    ...prefixed('relaxation', relaxation.noise(rows, context.family.process.vocabSize, random.split('relaxation'))),
  };
}

/** The student's one-step sample of the clean tokens from its noisy input. */
export interface Generated {
  /** Soft rows where the input was noisy. */
  readonly clean: CleanTokens;
  readonly logits: Tensor;
  /** The student's input. */
  readonly noisy: NoisyTokens;
}

/**
 * The student's tokens of one step.
 * @param frozen the student is a constant, and its call stays out of the gradient tape
 */
export function generate(
  context: ObjectiveContext,
  student: Parameters,
  fed: Fed,
  relaxation: Relaxation,
  frozen: boolean,
): Generated {
  const { family } = context;
  const first = withPrefix('first', fed);
  const ids = fed['ids']!;
  const noisy = family.corrupt({ ids }, first);
  const predict = () => predictAt(context, student, noisy);
  const logits = frozen ? detach(predict) : predict();
  const { soft, hard } = relaxation.relax(family.toLogProbs(logits, noisy), withPrefix('relaxation', fed));
  return { clean: { ids, soft: { rowOf: first['rows']!, probs: soft, drawn: hard } }, logits, noisy };
}
