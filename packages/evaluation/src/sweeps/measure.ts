import type { RandomStream, TokenBatch } from '@idlm/core-diffusion';
import { dictionaryWordRate, distinct } from '../metrics/diversity';
import { mean, rowsOf, standardError, unigramEntropy } from '../metrics/entropy';
import { summariseLikelihood } from '../metrics/perplexity';
import { batchOf, shuffled } from '../rows';
import type { Scorer } from '../scorers/scorer';

/** What texts are judged by. */
export interface Measures {
  readonly scorers: readonly Scorer[];
  readonly decode: (ids: Int32Array) => string;
  /** The known words, for the word rate. */
  readonly words: ReadonlySet<string>;
}

/** Quality and diversity of some texts. */
export interface MeasuredText {
  /** How many texts. */
  readonly samples: number;
  /** Perplexity by scorer. */
  readonly perplexity: Readonly<Record<string, number>>;
  /** Mean unigram entropy of a text in nats, and its standard error. */
  readonly entropy: number;
  readonly entropyError: number;
  /** Shares of distinct 1-, 2- and 3-grams. */
  readonly distinct: readonly [one: number, two: number, three: number];
  /** Share of known words; NaN where no text has an inner word. */
  readonly wordRate: number;
  /** The first few as text. */
  readonly examples: readonly string[];
}

async function perplexities(scorers: readonly Scorer[], texts: TokenBatch): Promise<Record<string, number>> {
  const out: Record<string, number> = {};
  for (const scorer of scorers) out[scorer.name] = summariseLikelihood(await scorer.score(texts)).perplexity;
  return out;
}

/** Judges texts of one length, one or more. */
export async function measureText({ scorers, decode, words }: Measures, texts: TokenBatch): Promise<MeasuredText> {
  const entropies = unigramEntropy(texts);
  const decoded = rowsOf(texts).map(decode);
  return {
    samples: texts.batch,
    perplexity: await perplexities(scorers, texts),
    entropy: mean(entropies),
    entropyError: standardError(entropies),
    distinct: [distinct(texts, 1), distinct(texts, 2), distinct(texts, 3)] as const,
    wordRate: dictionaryWordRate(decoded, words),
    examples: decoded.slice(0, 8),
  };
}

/**
 * Judges real text as samples are: as many rows of it as there are samples, or all if it has fewer, drawn without repetition.
 * @param data one row of text or more
 */
export function measureRealText(
  measures: Measures,
  data: TokenBatch,
  { samples, random }: { readonly samples: number; readonly random: RandomStream },
): Promise<MeasuredText> {
  const rows = shuffled(rowsOf(data), random).slice(0, samples);
  return measureText(measures, batchOf(rows, data.length));
}
