import type { TokenBatch } from '@idlm/core-diffusion';

/** A judge of samples: negative log-likelihood per token, in nats, [B·T] for the last T tokens of a row, those it scores. */
export interface Scorer {
  /** Name in tables, such as `n-gram`. */
  readonly name: string;
  score(samples: TokenBatch): Promise<Float64Array>;
  /** Frees what it holds. */
  dispose?(): void;
}
