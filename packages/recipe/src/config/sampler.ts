import type { Family } from '@idlm/core-diffusion';
import { type Sampler, samplers, suitableSampler } from '@idlm/samplers';
import type { Config } from './schema';

/** The configured sampler, or the one that suits the family's process. */
export function samplerFor({ sampling }: Config, { process }: Family): Sampler {
  const { name, options } = sampling.sampler;
  if (name !== 'auto') return samplers.create(sampling.sampler);
  const auto = suitableSampler(process).spec;
  return samplers.create({ ...auto, options: { ...auto.options, ...options } });
}
