import { randomStream } from '@idlm/core-diffusion';
import { denoisers } from '@idlm/denoiser';
import { givenRows } from '@idlm/evaluation';
import { type TrainerOptions, textSampler } from '@idlm/trainer';
import { familyFor } from '../models/network';
import { configuredSampling } from '../sampling/configured';
import type { TaskContext } from './tasks';

/** Texts of a set that a run shows. */
const COUNT = 4;

/** What draws texts, behind held-out prompts, while a diffusion model is trained as configured; undefined where none are wanted. */
export function textSamples({ config, engine, corpus, network }: TaskContext): TrainerOptions['sample'] {
  if (config.logs.samplesEvery === null) return undefined;
  const family = familyFor(config, corpus.tokenizer);
  const { sampler, shape, maxRows, grid } = configuredSampling(config, family);
  const random = randomStream(config.seed).split('samples');
  return textSampler({
    engine,
    family,
    denoiser: denoisers.create(network),
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
