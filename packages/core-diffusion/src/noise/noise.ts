import type { Tensor } from '@tensorflow/tfjs-core';
import type { DenoiserInput } from '../denoiser';
import type { FloatFeed, IntFeed } from '../tensors/feeds';

/** What the noise of every family has; each family adds what its own formula reads. */
export interface NoiseFeeds {
  /**
   * Flat positions b·L + l at which the loss is not identically zero, int32 [N]: ascending, then padding. The index of a
   * position in here is its slot n, the row of the logits [N, V] that is about it.
   */
  readonly positions: IntFeed;
  /** The slot of each flat position, or −1; int32 [B·L]. */
  readonly slots: IntFeed;
  /** −ln α(t) of each batch row, [B]. */
  readonly sigma: FloatFeed;
}

/** How `Family.noise` chooses. */
export interface NoiseOptions {
  /** Positions are padded up to a multiple of this share of B·L, so that few shapes occur (default 1/8). */
  readonly bucket?: number;
  /**
   * Number of the training update, for families whose noise follows a curriculum; absent in evaluation, which then
   * uses what the curriculum ends with.
   */
  readonly update?: number;
}

/** Noisy tokens on the device, with all that the network and the loss need. */
export interface NoisyTokens {
  readonly input: DenoiserInput;
  /** Hard noisy ids [B, L] int32. */
  readonly ids: Tensor;
  /** −ln α(t) of each batch row, [B] float32. */
  readonly sigma: Tensor;
  /** Where the loss is not identically zero: flat positions, int32 [N] (padded; padding has weight 0). */
  readonly positions: Tensor;
}
