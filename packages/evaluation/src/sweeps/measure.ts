import { InputError, type RandomStream, batchRowOf, countedMarks } from '@idlm/core-diffusion';
import { dictionaryWordRate, distinct } from '../metrics/diversity';
import { withoutPadding } from '../metrics/drift';
import { mean, standardError, unigramEntropy } from '../metrics/entropy';
import { byteLength } from '../metrics/byte-length';
import { type MeasuredLikelihood, measuredLikelihood } from '../metrics/measured-likelihood';
import { promptedTexts } from '../prompted-texts';
import { type TextBatch, countedRows, rowsOf, selectRows, shuffledRows } from '../rows';
import type { TextWeight } from '../metrics/text-weight';
import { type Judge, type TextScorer, readsText } from '../scorers/scorer';

/** Texts that are shown. */
const EXAMPLES = 8;

/** What texts are judged by. */
export interface Measures {
  readonly scorers: readonly Judge[];
  readonly decode: (ids: Int32Array) => string;
  /** UTF-8 bytes of the text of ids, to which ends of a text add nothing (default: those of `decode`). */
  readonly bytes?: (ids: Int32Array) => number;
  /** The padding token, where rows are padded: it's no text. */
  readonly padId?: number;
  /** The known words, for the word rate. */
  readonly words: ReadonlySet<string>;
}

/** Quality and diversity of some texts. */
export interface MeasuredText {
  /** How many texts. */
  readonly samples: number;
  /** Perplexity by scorer. */
  readonly perplexity: Readonly<Record<string, number>>;
  /** The same in all units, with intervals; absent in older manifests. */
  readonly likelihood?: Readonly<Record<string, MeasuredLikelihood>>;
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
 * Which of a scorer's numbers count, [B·T]: those of tokens that are neither given nor uncounted, which a scorer reads all the same.
 * @param scored numbers of the last T tokens of each row, [B·T]
 */
export function scoredWeights(scored: ArrayLike<number>, texts: TextBatch): Uint8Array | undefined {
  const [counts, { batch, length }] = [countedMarks(texts), texts];
  if (!counts) return undefined;
  const width = scored.length / batch;
  return Uint8Array.from({ length: scored.length }, (_, i) => {
    const row = batchRowOf(i, width);
    return counts[row * length + (length - width) + (i % width)]!;
  });
}

/**
 * Rows under a judge of tokens: sums over those that it scores and that are not given; padding is scored and has no bytes.
 * @param scored its numbers of the last T tokens of each row, [B·T]
 * @throws InputError for another number of them, or NaN
 */
export function weighRows(
  scored: Float64Array,
  texts: TextBatch,
  { decode, bytes = (ids) => byteLength(decode(ids)), padId }: Omit<Measures, 'scorers' | 'words'>,
): TextWeight[] {
  if (!ArrayBuffer.isView(scored))
    throw new InputError(`A judge gives its numbers in a Float64Array; it gave ${String(scored)}.`);
  const width = scored.length / texts.batch;
  if (!(Number.isInteger(width) && width <= texts.length))
    throw new InputError(
      `A judge gives a number for each of the last tokens of a row, as many for each of ${texts.batch} rows of ${texts.length}; it gave ${scored.length} in all.`,
    );
  if (scored.some(Number.isNaN))
    throw new InputError('A judge gave NaN for a token; it gives nats, which are numbers.');
  const weights = scoredWeights(scored, texts);
  return rowsOf(texts).map((row, r) => {
    const counts = (i: number) => (weights?.[r * width + i] ?? 1) === 1;
    const nats = scored.subarray(r * width, (r + 1) * width).filter((_, i) => counts(i));
    const ids = row.subarray(row.length - width).filter((_, i) => counts(i));
    return {
      nats: nats.reduce((a, b) => a + b, 0),
      tokens: nats.length,
      bytes: bytes(withoutPadding([ids], padId)[0]!),
    };
  });
}

/** Texts under each judge, of which what is given is read and not weighed. */
async function likelihoods(measures: Measures, texts: TextBatch) {
  const { scorers, decode, padId } = measures;
  const out: Record<string, MeasuredLikelihood> = {};
  const read = promptedTexts(texts, decode, padId);
  const weigh = async (judge: TextScorer) => {
    const weighed = await judge.weigh(read.texts, read.prompts);
    const isWeight = ({ nats, tokens, bytes }: TextWeight) => [nats, tokens, bytes].every((value) => value >= 0);
    if (weighed.length !== texts.batch || !weighed.every(isWeight))
      throw new InputError(
        `The judge "${judge.name}" must weigh each of ${texts.batch} texts, in nats, tokens and bytes of 0 or more; it gave ${JSON.stringify(weighed).slice(0, 80)}.`,
      );
    return weighed;
  };
  for (const judge of scorers)
    out[judge.name] = measuredLikelihood(
      readsText(judge) ? await weigh(judge) : weighRows(await judge.score(texts), texts, measures),
    );
  return out;
}

/** Judges texts of one length, one or more; of what is given, such as prompts, nothing counts. */
export async function measureText(measures: Measures, texts: TextBatch): Promise<MeasuredText> {
  const { decode, words } = measures;
  const entropies = unigramEntropy(texts);
  const written = countedRows(texts).map(decode);
  const likelihood = await likelihoods(measures, texts);
  return {
    samples: texts.batch,
    perplexity: Object.fromEntries(Object.entries(likelihood).map(([name, { perplexity }]) => [name, perplexity])),
    likelihood,
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
