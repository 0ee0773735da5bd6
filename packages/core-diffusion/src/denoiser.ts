import type { Tensor } from '@tensorflow/tfjs-core';
import type { Json } from './spec';

/** Named weights of a network, in the reference's state-dict names. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** What a denoiser reads: noisy ids, or a soft input. */
export type DenoiserInput =
  /** Token ids [B, L], int32. */
  | { readonly ids: Tensor }
  /** Latent [B, L, V] before its softmax over V; embedded as softmax(latent) · E. */
  | { readonly latent: Tensor }
  /** The k largest only: ids [B, L, k] int32 and weights [B, L, k], embedded as Σ weight · E[id]. */
  | { readonly topIds: Tensor; readonly topWeights: Tensor };

/** Options of one application. */
export interface ApplyOptions {
  /** Flat positions b·L + l, int32 [N]: the output head runs on these only and the logits are [N, V]. */
  readonly positions?: Tensor;
}

/** The one thing that a sampler or a loss asks of a network. Pure: it owns no weights. */
export interface Denoiser {
  /** What `config.json` holds. */
  readonly config: Readonly<Record<string, Json>>;
  /** Width V of a row of logits (the mask included for absorbing models). */
  readonly vocabSize: number;
  /** False: the output does not depend on the noise level, so that calls on unchanged input may be skipped. */
  readonly timeConditioned: boolean;
  /**
   * Logits for clean tokens, [B, L, V], or [N, V] with `positions`.
   * @param sigma total noise −ln α per batch row, [B] float32
   */
  apply(parameters: Parameters, input: DenoiserInput, sigma: Tensor, options?: ApplyOptions): Tensor;
  /**
   * The last hidden state that the output head reads, [N, H] at flat positions int32 [N]: what represents a token to
   * objectives that compare texts by their meaning. Absent where the network has no such thing.
   */
  hidden?(parameters: Parameters, input: DenoiserInput, sigma: Tensor, positions: Tensor): Tensor;
}
