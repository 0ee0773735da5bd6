import type { NetworkDescription } from '@idlm/core-diffusion';
import { type Tokenizer, rowStartOf } from '@idlm/data';
import { networkSizes } from '../config/network';
import type { Config } from '../config/schema';
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
export function resolveNetwork(config: Config, tokenizer: Tokenizer): NetworkDescription {
  const { type, config: sizes } = networkSizes(config, tokenizer);
  const rowStart = rowStartFor(config, tokenizer);
  return { type, config: rowStart === undefined ? sizes : { ...sizes, length: sizes.length + 1, rowStart } };
}
