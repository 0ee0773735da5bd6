import { InputError, type NetworkConfig } from '@idlm/core-diffusion';
import { checkSizes } from '../networks/sizes';

/** Sizes of a GPT-2; its vocabulary is V, its context `length` tokens. */
export interface Gpt2Config extends NetworkConfig {
  /** H, a multiple of the heads. */
  readonly hidden: number;
  /** Transformer blocks, at least 1. */
  readonly blocks: number;
  /** Heads of each block. */
  readonly heads: number;
  /** Width of a block's inner layer; 4 H in all published models. */
  readonly inner: number;
  /** Added to the variance in layer norms. */
  readonly epsilon: number;
}

/** @throws InputError naming the first size that no GPT-2 can have */
export function checkGpt2Config(config: Gpt2Config): void {
  checkSizes('a GPT-2', config, ['hidden', 'blocks', 'heads', 'inner', 'vocabSize', 'length']);
  const { hidden, heads, epsilon, timeConditioned } = config;
  if (hidden % heads)
    throw new InputError(
      `hidden of a GPT-2 is a multiple of its heads; hidden ${hidden} and heads ${heads} were given.`,
    );
  if (!(epsilon > 0)) throw new InputError(`epsilon of a GPT-2 is above 0; ${epsilon} was given.`);
  if (timeConditioned) throw new InputError('A GPT-2 reads no noise level; set model.timeConditioning to false.');
}
