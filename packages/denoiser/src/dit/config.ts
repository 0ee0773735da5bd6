import { InputError, type NetworkConfig } from '@idlm/core-diffusion';
import { checkSizes } from '../networks/sizes';

/** Sizes and switches of a diffusion transformer. */
export interface DitConfig extends NetworkConfig {
  /** H, a multiple of 2 · heads. */
  readonly hidden: number;
  /** Transformer blocks, at least 1. */
  readonly blocks: number;
  /** A, heads of each block; each has H/A channels, an even number. */
  readonly heads: number;
  /** C, width of the noise-level conditioning. */
  readonly cond: number;
}

/** @throws InputError naming the first size that no transformer can have. */
export function checkDitConfig(config: DitConfig): void {
  checkSizes('the model', config, ['hidden', 'blocks', 'heads', 'cond', 'vocabSize', 'length']);
  if (config.hidden % (2 * config.heads)) {
    throw new InputError(
      `hidden must be a multiple of twice the heads, for rotary positions; hidden ${config.hidden} and heads ${config.heads} were given.`,
    );
  }
  const { rowStart, vocabSize, length } = config;
  if (rowStart !== undefined && !(Number.isInteger(rowStart) && rowStart >= 0 && rowStart < vocabSize && length > 1)) {
    throw new InputError(
      `The row start of the model is a token below ${vocabSize}, before a text of 1 or more; ${rowStart} was given for a length of ${length}.`,
    );
  }
}

type Sizes = Omit<DitConfig, 'vocabSize' | 'timeConditioned' | 'causal' | 'rowStart'>;

/** Sizes by name; `small` and `medium` are those of the published models. */
export const PRESETS = {
  tiny: { hidden: 96, blocks: 3, heads: 4, cond: 16, length: 64 },
  mini: { hidden: 256, blocks: 6, heads: 4, cond: 64, length: 256 },
  small: { hidden: 768, blocks: 12, heads: 12, cond: 128, length: 1024 },
  medium: { hidden: 1024, blocks: 24, heads: 16, cond: 128, length: 1024 },
} as const satisfies Record<string, Sizes>;

/** Name of a preset. */
export type PresetName = keyof typeof PRESETS;
