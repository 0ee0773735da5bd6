import { givenRows } from '@idlm/evaluation';
import { type TrainerOptions, textSampler } from '@idlm/trainer';
import type { TaskContext } from './tasks';

/** Texts of a set that a run shows. */
const COUNT = 4;

/** What draws texts, behind held-out prompts, while a diffusion model is trained as configured; undefined where none are wanted. */
export function textSamples({
  config,
  engine,
  corpus,
  family,
  denoiser,
  sampling,
  streams,
}: TaskContext): TrainerOptions['sample'] {
  if (config.logs.samplesEvery === null) return undefined;
  const { sampler, shape, maxRows, grid } = sampling;
  const random = streams.runSamples();
  return textSampler({
    engine,
    family,
    denoiser,
    sampler,
    shape,
    grid: grid(),
    count: COUNT,
    maxRows,
    length: corpus.heldOut.length,
    clamp: givenRows(corpus.heldOut, COUNT, random.split('prompts'))?.clamp,
    random,
    decode: corpus.decode,
  });
}
