import { randomStream } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { type TrainerOptions, textSampler } from '@idlm/trainer';
import { familyFor } from './network';
import { configuredSampling } from './sampling';
import type { TaskContext } from './tasks';

/** Texts of a set that a run shows. */
const COUNT = 4;

/** What draws texts while a diffusion model is trained, as configured; undefined where none are wanted. */
export function textSamples({ config, engine, corpus, network }: TaskContext): TrainerOptions['sample'] {
  if (config.logs.samplesEvery === null) return undefined;
  const family = familyFor(config, corpus.tokenizer);
  const { sampler, shape, maxRows, grid } = configuredSampling(config, family);
  return textSampler({
    engine,
    family,
    denoiser: dit(network),
    sampler,
    shape,
    grid: grid(),
    count: COUNT,
    maxRows,
    length: config.data.length,
    random: randomStream(config.seed).split('samples'),
    decode: (ids) => corpus.tokenizer.decode(ids),
  });
}
