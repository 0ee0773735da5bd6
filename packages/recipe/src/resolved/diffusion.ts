import type { Family } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { configuredFamily } from '../config/family';
import type { Config } from '../config/schema';
import { type Sampling, resolveSampling } from './sampling';

/** A kind of diffusion, and how its models are sampled. */
export interface Diffusion {
  readonly family: Family;
  readonly sampling: Sampling;
}

/** The configured kind of diffusion in a tokenizer's vocabulary. @throws InputError for names and options that there are not */
export function resolveDiffusion(
  config: Config,
  tokenizer: Pick<Tokenizer, 'vocabSize' | 'maskId' | 'padId'>,
): Diffusion {
  const { family } = configuredFamily(config, tokenizer);
  return { family, sampling: resolveSampling(config, family, tokenizer) };
}
