import type { TokenBatch } from '@idlm/core-diffusion';
import type { TextWeight } from '../metrics/text-weight';

/** A judge of samples: negative log-likelihood per token, in nats, [B·T] for the last T tokens of a row, those it scores. */
export interface Scorer {
  /** Name in tables, such as `n-gram`. */
  readonly name: string;
  /** What to know of it beside its numbers, in a sentence. */
  readonly note?: string;
  /** sha256 of the weights that it judges with, for records: its name does not tell one model from another of its size. */
  readonly weights?: string;
  score(samples: TokenBatch): Promise<Float64Array>;
  /** Frees what it holds. */
  dispose?(): void;
}

/** A judge that reads text in tokens of its own, so that models of different vocabularies compare. */
export interface TextScorer {
  /** Name in tables, such as `gpt2`. */
  readonly name: string;
  /** What to know of it beside its numbers, in a sentence. */
  readonly note?: string;
  /** sha256 of the weights that it judges with, for records: its name does not tell one model from another of its size. */
  readonly weights?: string;
  /**
   * What each text weighs.
   * @param prompts what stands before each, which the judge reads and does not weigh (default: nothing)
   */
  weigh(texts: readonly string[], prompts?: readonly string[]): Promise<TextWeight[]>;
  /** What represents each text, vectors of one length; absent where the judge has no such thing. */
  features?(texts: readonly string[]): Promise<number[][]>;
  /** Frees what it holds. */
  dispose?(): void;
}

/** A judge of either kind. */
export type Judge = Scorer | TextScorer;

/** Whether a judge reads text. */
export const readsText = (judge: Judge): judge is TextScorer => 'weigh' in judge;
