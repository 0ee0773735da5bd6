import { type Family, InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { type Tokenizer, rowStartOf } from '@idlm/data';
import { type OptimizerOptions, learningRate } from '@idlm/trainer';
import { configuredFamily, networkSizes } from '../config/checks';
import { configuredMethod } from '../config/optimizers';
import type { Config, OptimizerConfig } from '../config/schema';
import { hasRowStart } from '../text/documents';

/**
 * The token that new models of rows are given before every text. Masks all look alike and positions are relative, so that a
 * network would not see where a row begins; the noise of uniform processes tells positions apart.
 * @returns undefined where rows begin with their text: in packed windows, under uniform noise, and where the vocabulary has no
 * token for it
 */
const rowStartFor = (config: Config, tokenizer: Tokenizer): number | undefined =>
  hasRowStart(config) ? rowStartOf(tokenizer) : undefined;

/** The configured network for a tokenizer's vocabulary. */
export function networkConfig(config: Config, tokenizer: Tokenizer): NetworkDescription {
  const { type, config: sizes } = networkSizes(config, tokenizer);
  const rowStart = rowStartFor(config, tokenizer);
  return { type, config: rowStart === undefined ? sizes : { ...sizes, length: sizes.length + 1, rowStart } };
}

/** The configured family for a tokenizer's vocabulary. */
export const familyFor = (config: Config, tokenizer: Tokenizer): Family => configuredFamily(config, tokenizer).family;

/**
 * Refuses a model whose vocabulary is not that of the tokenizer it is used with, with or without its mask.
 * @throws InputError naming both sizes
 */
export function checkVocabulary(
  folder: string,
  { config: model }: NetworkDescription,
  { vocabSize, maskId }: Pick<Tokenizer, 'vocabSize' | 'maskId'>,
): void {
  if (model.vocabSize === vocabSize || (maskId === vocabSize - 1 && model.vocabSize === maskId)) return;
  throw new InputError(
    `The model in ${folder} has a vocabulary of ${model.vocabSize} tokens, the tokenizer one of ${vocabSize}; they must be the same.`,
  );
}

/** A configured optimizer over a run of `updates`. */
export function optimizerFor(options: OptimizerConfig, updates: number): OptimizerOptions {
  return {
    rate: learningRate({
      rate: options.learningRate,
      warmup: Math.min(options.warmup, Math.floor(updates / 2)),
      total: updates,
      decayTo: options.decayTo ?? undefined,
    }),
    method: configuredMethod(options),
    clip: options.clip ?? undefined,
    ema: { decay: options.ema, warmup: options.emaWarmup },
  };
}
