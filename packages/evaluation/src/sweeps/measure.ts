import type { RandomStream } from '@idlm/core-diffusion';
import { dictionaryWordRate, distinct } from '../metrics/diversity';
import { mean, standardError, unigramEntropy } from '../metrics/entropy';
import { summariseLikelihood } from '../metrics/perplexity';
import { type TextBatch, countedRows, rowsOf, selectRows, shuffledRows } from '../rows';
import type { Scorer } from '../scorers/scorer';

/** Texts that are shown. */
const EXAMPLES = 8;

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

/**
 * Which of a scorer's numbers count, [B·T]: those of tokens that are not given, which a scorer reads all the same.
 * @param scored numbers of the last T tokens of each row, [B·T]
 */
export function scoredWeights(scored: ArrayLike<number>, { batch, length, valid }: TextBatch): Uint8Array | undefined {
  if (!valid) return undefined;
  const width = scored.length / batch;
  return Uint8Array.from({ length: scored.length }, (_, i) => {
    const row = Math.floor(i / width);
    return valid[row * length + (length - width) + (i % width)]!;
  });
}

async function perplexities(scorers: readonly Scorer[], texts: TextBatch): Promise<Record<string, number>> {
  const out: Record<string, number> = {};
  for (const scorer of scorers) {
    const scored = await scorer.score(texts);
    out[scorer.name] = summariseLikelihood(scored, scoredWeights(scored, texts)).perplexity;
  }
  return out;
}

/** Judges texts of one length, one or more; of what is given, such as prompts, nothing counts. */
export async function measureText({ scorers, decode, words }: Measures, texts: TextBatch): Promise<MeasuredText> {
  const entropies = unigramEntropy(texts);
  const written = countedRows(texts).map(decode);
  return {
    samples: texts.batch,
    perplexity: await perplexities(scorers, texts),
    entropy: mean(entropies),
    entropyError: standardError(entropies),
    distinct: [distinct(texts, 1), distinct(texts, 2), distinct(texts, 3)] as const,
    wordRate: dictionaryWordRate(written, words),
    examples: rowsOf(texts).slice(0, EXAMPLES).map(decode),
  };
}

/**
 * Judges real text as samples are: as many rows of it as there are samples, or all if it has fewer, drawn without repetition.
 * @param data one row of text or more
 */
export function measureRealText(
  measures: Measures,
  data: TextBatch,
  { samples, random }: { readonly samples: number; readonly random: RandomStream },
): Promise<MeasuredText> {
  return measureText(measures, selectRows(data, shuffledRows(data, random).slice(0, samples)));
}
