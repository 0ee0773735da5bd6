import { type Share, oneRank, shareOf } from '@idlm/core-diffusion/ranks';
import { givenRows } from '@idlm/evaluation';
import { type TrainerOptions, textSampler } from '@idlm/trainer';
import { madeByRanks } from '../sampling/made-by-ranks';
import type { TaskContext } from './tasks';

/** Texts of a set that a run shows. */
const COUNT = 4;

type TextSamples = NonNullable<TrainerOptions['sample']>;

/** Draws the texts from `first` to before `end`. */
function drawShare(context: TaskContext, { first, end }: Share): TextSamples {
  const { engine, corpus, family, denoiser, sampling, streams } = context;
  const { sampler, shape, maxRows, grid } = sampling;
  const random = streams.runSamples();
  const { length } = corpus.heldOut;
  const clamp = givenRows(corpus.heldOut, COUNT, random.split('prompts'))?.clamp;
  return textSampler({
    ...{ engine, family, denoiser, sampler, shape, maxRows, length, random },
    grid: grid(),
    count: end - first,
    firstRow: first,
    clamp: clamp?.subarray(first * length, end * length),
    decode: corpus.decode,
  });
}

/**
 * What draws texts, behind held-out prompts, while a diffusion model is trained as configured; undefined where none are wanted. Of several
 * ranks each draws its share, and all have all: the random numbers of a text are its own, so that it is the same whoever draws it.
 */
export function textSamples(context: TaskContext): TrainerOptions['sample'] {
  const { config, ranks = oneRank } = context;
  if (config.logs.samplesEvery === null) return undefined;
  const draw = drawShare(context, shareOf(COUNT, ranks));
  return (...given) => madeByRanks(ranks, COUNT, () => draw(...given));
}
