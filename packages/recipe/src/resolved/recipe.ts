import type { Denoiser, NetworkDescription } from '@idlm/core-diffusion';
import type { PreparedCorpus } from '@idlm/data';
import { denoisers } from '@idlm/denoiser';
import type { Config } from '../config/schema';
import { type Diffusion, resolveDiffusion } from './diffusion';
import { resolveNetwork } from './network';
import { type Streams, streamsOf } from './streams';

/** A configuration with a text, resolved once into the values that jobs work with: nobody looks a name up again. */
export interface Recipe extends Diffusion {
  /** Numbers of updates, batches and the like are read from here. */
  readonly config: Config;
  readonly corpus: PreparedCorpus;
  /** The network of teacher, student and fake. */
  readonly network: NetworkDescription;
  readonly denoiser: Denoiser;
  readonly streams: Streams;
}

/**
 * Resolves a configuration for a text.
 * @param network that of a model which is there; a new one by default
 * @throws InputError for names and options that there are not
 */
export function resolveRecipe(
  config: Config,
  corpus: PreparedCorpus,
  network: NetworkDescription = resolveNetwork(config, corpus.tokenizer),
): Recipe {
  const denoiser = denoisers.create(network);
  return {
    ...resolveDiffusion(config, corpus.tokenizer),
    config,
    corpus,
    network,
    denoiser,
    streams: streamsOf(config),
  };
}
