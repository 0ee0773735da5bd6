import { type SamplingFamily, type Spec, randomStream, timeGrid } from '@idlm/core-diffusion/sampling';
import { sample } from '../sample';
import type { Frame, Sample, SampleRequest, Sampler, SamplerLaw } from '../sampler';
import type { RowLaw } from './row-law';
import { LENGTH, exactDenoise } from './tiny-model';

/** A sampler on a family, with the law that its samples must have, where it is known. */
export interface Subject {
  readonly sampler: Sampler;
  readonly family: SamplingFamily;
  readonly law: SamplerLaw | RowLaw | undefined;
  /** What makes a sampler of its spec. */
  readonly create?: (spec: Spec) => Sampler;
}

/** A request on the exact network that a check changes where it matters. */
export const request = (
  { sampler, family }: Pick<Subject, 'sampler' | 'family'>,
  change: Partial<SampleRequest> = {},
  seed = 1,
): SampleRequest => ({
  sampler,
  environment: { denoise: exactDenoise(family), family, timeConditioned: false, random: randomStream(seed) },
  batch: 4,
  length: LENGTH,
  grid: timeGrid(5, { to: 0 }),
  ...change,
});

/** All frames of a sample, and what it ends in. */
export async function collect(asked: SampleRequest): Promise<{ frames: Frame[]; result: Sample }> {
  const frames: Frame[] = [];
  const steps = sample(asked);
  for (let next = await steps.next(); ; next = await steps.next()) {
    if (next.done) return { frames, result: next.value };
    frames.push(next.value);
  }
}

/** Whether a law unmasks each token once, at a time of the process's choice. */
export const isNamed = (law: Subject['law']): boolean => typeof law === 'string';
