import type { NetworkDescription } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { PRESETS } from '@idlm/denoiser';
import { configuredFamily } from './family';
import type { Config } from './schema';

/** The sizes of the transformer: those of the preset, any of them replaced. */
function transformerSizes({ preset, hidden, blocks, heads, cond }: Config['model']) {
  const sizes = PRESETS[preset];
  return {
    hidden: hidden ?? sizes.hidden,
    blocks: blocks ?? sizes.blocks,
    heads: heads ?? sizes.heads,
    cond: cond ?? sizes.cond,
  };
}

/** The configured network for a tokenizer's vocabulary, whose rows begin with their text. */
export function networkSizes(config: Config, tokenizer: Pick<Tokenizer, 'vocabSize' | 'maskId'>): NetworkDescription {
  const { model, data } = config;
  const { name: type, options } = model.network;
  const { family, vocabSize } = configuredFamily(config, tokenizer);
  const timeConditioned = model.timeConditioning ?? !family.process.unmasking;
  const sizes = type === 'dit' ? { ...transformerSizes(model), ...options } : options;
  return { type, config: { ...sizes, vocabSize, length: data.length, timeConditioned } };
}
