import type { Tensor } from '@tensorflow/tfjs-core';
import type { SlotSource } from './tensors/slot-source';

/** Named weights of a network, in the reference's state-dict names. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** What a denoiser reads: noisy ids, or a soft input. */
export type DenoiserInput =
  /** Token ids [B, L], int32. */
  | { readonly ids: Tensor }
  /** Latent [B, L, V] before its softmax over V; embedded as softmax(latent) · E. */
  | { readonly latent: Tensor }
  /** The same latent, whose rows [n, V] at the places of [B, L] are computed when they are asked for. */
  | { readonly latentSource: SlotSource; readonly shape: readonly [batch: number, length: number] }
  /** The k largest only: ids [B, L, k] int32 and weights [B, L, k], embedded as Σ weight · E[id]. */
  | { readonly topIds: Tensor; readonly topWeights: Tensor };

/** Options of one application. */
export interface ApplyOptions {
  /** Flat positions b·L + l, int32 [N]: the output head runs on these only and the logits are [N, V]. */
  readonly positions?: Tensor;
}

/** What a text and a noise ask of any network, whatever its architecture; each type of network adds sizes of its own. */
export interface NetworkConfig {
  /** Width V of a row of logits (the mask included for absorbing models). */
  readonly vocabSize: number;
  /** Longest sequence, in tokens. */
  readonly length: number;
  /** False: the output does not depend on the noise level. */
  readonly timeConditioned: boolean;
  /** True: each position sees itself and the ones before (autoregressive baseline and scorer). */
  readonly causal?: boolean;
  /**
   * Token that stands before every row, given and never written, by which the network sees where a row begins; the longest text
   * is one token shorter than the longest sequence. Absent where rows begin with their text.
   */
  readonly rowStart?: number;
}

/** What a network is: enough to make it again, once its type is known. */
export interface NetworkDescription<Config extends NetworkConfig = NetworkConfig> {
  /** Name of its type, such as `dit`, in the registry `denoisers` of `@idlm/denoiser`. */
  readonly type: string;
  /** Its sizes and switches: what JSON can hold. */
  readonly config: Config;
}

/** What makes logits of the last hidden state. */
export interface OutputHead {
  /** Names of the parameters that it reads. */
  readonly weights: readonly string[];
  /** Logits [N, V] of hidden states [N, H], each row by itself. */
  apply(parameters: Parameters, hidden: Tensor): Tensor;
  /**
   * Whether the first axis of each of its weights is the vocabulary, and a logit reads the rows of its own entry alone: with some rows of all
   * weights it gives the logits of those entries (default: false).
   */
  readonly byEntry?: boolean;
}

/** The one thing that a sampler or a loss asks of a network. Pure: it owns no weights. */
export interface Denoiser {
  /** What is saved beside its weights, so that whoever loads them can make the network again. */
  describe(): NetworkDescription;
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
  /**
   * The output head by itself, so that logits of many positions are computed for some of them at a time. Present only beside
   * `hidden`, of which it makes what `apply` gives at positions.
   */
  readonly head?: OutputHead;
  /**
   * What follows from the weights alone, computed once for calls with weights that no longer change: tensors of names that no
   * weight has, which `apply` and `hidden` read where they are given among the parameters, with the same result. The caller
   * disposes them. Absent where all depends on the input.
   */
  constants?(parameters: Parameters): Parameters;
  /** Whether it reads a `latentSource`; it is given the whole latent otherwise. */
  readonly readsSources?: boolean;
}
