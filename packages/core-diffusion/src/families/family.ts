import type { Tensor } from '@tensorflow/tfjs-core';
import type { DenoiserInput } from '../denoiser';
import type { TokenBatch } from '../processes/process';
import type { RandomStream } from '../random/stream';
import type { SamplingFamily } from './sampling-family';

/**
 * Host arrays that a step uploads as its inputs, by name. All that varies from step to step is in here, so that a
 * traced step never freezes a number. `Int32Array` becomes int32, `Float32Array` float32; `shape` defaults to [length].
 */
export type Feeds = Readonly<Record<string, Feed>>;
/** One array of `Feeds`. */
export interface Feed {
  readonly values: Int32Array | Float32Array;
  readonly shape: readonly number[];
}
/** The uploaded form of `Feeds`. */
export type Fed = Readonly<Record<string, Tensor>>;

/**
 * Clean tokens on the device: hard ids, and, where a student wrote them, rows of the simplex.
 * At `soft.positions` the row of `soft.probs` stands in place of the id.
 */
export interface CleanTokens {
  /** [B, L] int32. */
  readonly ids: Tensor;
  readonly soft?: {
    /** For each flat position b·L + l: the row of `probs` that holds it, or −1 where the id is hard. int32 [B·L]. */
    readonly rowOf: Tensor;
    /** [N, V], rows on the simplex; gradients flow through them. */
    readonly probs: Tensor;
    /** The hard token drawn from each row, int32 [N] (no gradient). */
    readonly drawn: Tensor;
  };
}

/** Noisy tokens on the device, with all that the network and the loss need. */
export interface NoisyTokens {
  readonly input: DenoiserInput;
  /** Hard noisy ids [B, L] int32. */
  readonly ids: Tensor;
  /** −ln α(t) per row, [B] float32. */
  readonly sigma: Tensor;
  /** Where the loss is not identically zero: flat positions, int32 [N] (padded; padding has weight 0). */
  readonly positions: Tensor;
}

/** A loss on the device. */
export interface LossTerms {
  /** Loss of each of `NoisyTokens.positions`, weighted, [N]; 0 at padding. */
  readonly perPosition: Tensor;
}

/** How `noise` chooses. */
export interface NoiseOptions {
  /** 1 where a token may be noised and counts in the loss, 0 at prompt and padding; [B·L]. All ones by default. */
  readonly valid?: Uint8Array;
  /** Positions are padded up to a multiple of this share of B·L, so that few shapes occur (default 1/8). */
  readonly bucket?: number;
  /**
   * Number of the training update, for families whose noise follows a curriculum; absent in evaluation, which then
   * uses what the curriculum ends with.
   */
  readonly update?: number;
}

/** The term −ln x_θ(x_0 | x_0) that discrete-time bounds have besides the diffusion loss. */
export interface Reconstruction {
  /** Device: the clean tokens as the network's input, at the noise of t = 0, with the positions of the loss. */
  input(clean: CleanTokens, noise: Fed): NoisyTokens;
  /** Device: the term at each of the positions, [N]; 0 at padding. */
  loss(output: Tensor, clean: CleanTokens, noisy: NoisyTokens, noise: Fed): Tensor;
}

/**
 * A kind of diffusion language model: schedule + process + parameterization, which is all that sampling needs, and the
 * training loss. `noise` draws everything random on the host into feeds; the device half is pure and differentiable.
 */
export interface Family extends SamplingFamily {
  /**
   * Host: draws the noise of one batch at times t [B] into feeds that `corrupt` and `loss` read. Among them are
   * `positions`, int32 [N], where the loss is not identically zero (ascending, then padding), and `rows`, int32 [B·L]:
   * the index in `positions` of each flat position, or −1.
   */
  noise(clean: TokenBatch, times: Float64Array, random: RandomStream, options?: NoiseOptions): Feeds;
  /** Device: q(x_t | x_0), pure in `clean` and the feeds of `noise`. */
  corrupt(clean: CleanTokens, noise: Fed): NoisyTokens;
  /**
   * Device: network output to log-probabilities over clean tokens, log x_θ, of the same shape.
   * Rows are those of `noisy.positions` ([N, V]). Never predicts the mask.
   */
  toLogProbs(logits: Tensor, noisy: NoisyTokens): Tensor;
  /**
   * Device: network output to what `loss` reads, of the same shape: log-scores for score models, logits where the loss
   * takes their softmax itself. Absent where that is `toLogProbs`.
   */
  parameterize?(logits: Tensor, noisy: NoisyTokens): Tensor;
  /** Device: the NELBO terms at `noisy.positions`, for hard or soft clean tokens. */
  loss(output: Tensor, clean: CleanTokens, noisy: NoisyTokens, noise: Fed): LossTerms;
  /** Present where the training loss has a second term, for which the network is called once more. */
  readonly reconstruction?: Reconstruction;
}
