import type { RandomStream } from '../random/stream';
import type { Spec } from '../spec';

/** Token ids [B, L], row-major, on the host. */
export interface TokenBatch {
  readonly ids: Int32Array;
  readonly batch: number;
  readonly length: number;
}

/** The signal level α(t) of a schedule, and its slope α′(t) < 0. */
export interface SignalLevel {
  readonly alpha: number;
  readonly dAlpha: number;
}

/**
 * What sets absorbing processes apart: each noisy token is the mask, and becomes a clean one once, at a time that depends on
 * neither the network nor other tokens. Samplers may therefore draw when before they ask what.
 */
export interface Unmasking {
  /** Chance that a token masked at α_t is unmasked at α_s ≥ α_t. */
  chance(alphaS: number, alphaT: number): number;
  /** The α_s ≥ α_t at which a token masked at α_t is still masked with the chance `stays` ∈ (0, 1]. */
  alpha(stays: number, alphaT: number): number;
}

/**
 * A forward (noising) process on the host, and all that samplers ask of its reversal. A process is one file: nothing else
 * decides by its `kind`. Rows are float64 [V].
 */
export interface ForwardProcess {
  readonly spec: Spec;
  /** What messages call it: `'absorbing'`, `'uniform'`, or a name of your own. */
  readonly kind: string;
  /** Number of entries of a row of network output, the mask included where there is one. */
  readonly vocabSize: number;
  /** Id of the mask, where there is one. It may lie anywhere in the vocabulary. */
  readonly maskId?: number;
  /** Present for absorbing processes. */
  readonly unmasking?: Unmasking;
  /** A draw of all noise, [B, L]. */
  prior(batch: number, length: number, random: RandomStream): Int32Array;
  /** q(x_t | x_0): the law of a clean token's noisy one at the signal level α, written into `out` [V]; that of all noise at 0. */
  transition(clean: number, alpha: number, out: Float64Array): void;
  /** Whether a token may still change in reversed time: the mask of an absorbing process, any token of a uniform one. */
  isOpen(token: number): boolean;
  /**
   * q(x_s | x_t, x_0 ~ x_θ) of one position for α_s ≥ α_t, α_t < 1, written into `out` [V] (normalised, float64; not
   * the array of `clean`). Where x_θ holds x_t for impossible, x_θ itself.
   * @param current the token x_t
   * @param clean probabilities x_θ over clean tokens [V]
   */
  posterior(current: number, clean: ArrayLike<number>, alphaS: number, alphaT: number, out: Float64Array): void;
  /**
   * Rates at which an open token moves to each other one in reversed time, 0 at `current`, in place of the row x_θ:
   * −α′/α · Q(y, x_t) S_y with the scores S_y = q_t(y)/q_t(x_t) that x_θ implies. Infinite or NaN where a level has no finite rate.
   */
  cleanToRates(clean: Float64Array, current: number, level: SignalLevel): void;
  /** The same rates σ′ Q(y, x_t) S_y, in place of a row of scores that is 0 at `current`. */
  scoresToRates(scores: Float64Array, current: number, dSigma: number): void;
  /**
   * The law of a step that removes the noise Δσ, in place of a row of scores that is 0 at `current`: A ⊙ R with
   * A = exp(−Δσ Q) S and the transition's row R. Unnormalised where poor scores make entries negative, which become 0.
   * Source: SEDD (arXiv 2310.16834), Tweedie τ-leaping.
   */
  scoresToStep(scores: Float64Array, current: number, noise: number): void;
}
