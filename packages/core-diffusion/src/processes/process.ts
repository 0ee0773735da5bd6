import type { RandomStream } from '../random/stream';
import type { Spec } from '../spec';

/** Token ids [B, L], row-major, on the host. */
export interface TokenBatch {
  readonly ids: Int32Array;
  readonly batch: number;
  readonly length: number;
}

/** A forward (noising) process on the host, as samplers use it. Branch on `kind`, never on a class. */
export interface ForwardProcess {
  readonly spec: Spec;
  readonly kind: 'absorbing' | 'uniform';
  /** Number of entries of a row of network output, the mask included where there is one. */
  readonly vocabSize: number;
  /** Id of the mask; absorbing processes only. It may lie anywhere in the vocabulary. */
  readonly maskId?: number;
  /** A draw of all noise, [B, L]. */
  prior(batch: number, length: number, random: RandomStream): Int32Array;
  /** q(x_t | x_0): a draw with signal level alpha[b] per row. */
  corrupt(clean: TokenBatch, alpha: ArrayLike<number>, random: RandomStream): Int32Array;
  /**
   * q(x_s | x_t, x_0 ~ x_θ) of one position for α_s ≥ α_t, α_t < 1, written into `out` [V] (normalised, float64; not
   * the array of `clean`).
   * @param current the token x_t
   * @param clean probabilities x_θ over clean tokens [V]
   */
  posterior(current: number, clean: ArrayLike<number>, alphaS: number, alphaT: number, out: Float64Array): void;
}
