import { InputError, type TokenBatch } from '@idlm/core-diffusion';
import { rowsOf } from '../metrics/entropy';
import type { Scorer } from './scorer';

/** What follows a context: counts by token, their sum. */
interface Followers {
  readonly counts: Map<number, number>;
  total: number;
}

/** How an n-gram scorer is built. */
export interface NGramOptions {
  /** Largest n, contexts of n − 1 tokens (default 6). */
  readonly order?: number;
  readonly vocabSize: number;
  /** The tokens are rows of this length, each a text of its own (default: one text). */
  readonly rowLength?: number;
}

/**
 * Interpolated n-gram model with Witten–Bell smoothing: P_n(w|h) = (c(hw) + N(h) P_{n−1}(w|h′)) / (c(h) + N(h)), N(h) the
 * number of distinct followers; the lowest order mixes with the uniform distribution. Each row is scored from its second
 * token on, with what of the row stands before.
 * @param tokens the training text
 * @throws InputError if order is below 1 or the text is shorter than it
 * Source: Witten & Bell (1991); Chen & Goodman (1999), section 2.
 */
export function nGramScorer(
  tokens: Int32Array,
  { order = 6, vocabSize, rowLength = tokens.length }: NGramOptions,
): Scorer & { probability(context: ArrayLike<number>, token: number): number } {
  if (!(Number.isInteger(order) && order >= 1 && tokens.length > order)) {
    throw new InputError(
      `An n-gram scorer needs an order of at least 1 and a longer text; order ${order} and ${tokens.length} tokens were given.`,
    );
  }
  const tables = countFollowers(tokens, { order, vocabSize, rowLength });
  const probability = (context: ArrayLike<number>, token: number): number => {
    let value = 1 / vocabSize;
    let key = 0;
    for (let n = 0; n <= Math.min(order - 1, context.length); n++) {
      if (n > 0) key += (context[context.length - n]! + 1) * (vocabSize + 1) ** (n - 1);
      const found = tables[n]!.get(key);
      if (!found) break;
      value = ((found.counts.get(token) ?? 0) + found.counts.size * value) / (found.total + found.counts.size);
    }
    return value;
  };
  return {
    name: 'n-gram',
    probability,
    score: async (samples: TokenBatch) => {
      const out: number[] = [];
      for (const row of rowsOf(samples)) {
        for (let i = 1; i < row.length; i++)
          out.push(-Math.log(probability(row.subarray(Math.max(0, i - order + 1), i), row[i]!)));
      }
      return Float64Array.from(out);
    },
  };
}

/** For each context length, the followers of every context that occurs. A context's key has its nearest token first. */
function countFollowers(
  tokens: Int32Array,
  { order, vocabSize, rowLength }: Required<NGramOptions>,
): Map<number, Followers>[] {
  if ((vocabSize + 1) ** (order - 1) > Number.MAX_SAFE_INTEGER) {
    throw new InputError(
      `Contexts of ${order - 1} out of ${vocabSize} tokens are too many to number; choose a smaller order.`,
    );
  }
  const tables = Array.from({ length: order }, () => new Map<number, Followers>());
  for (let i = 0; i < tokens.length; i++) {
    let key = 0;
    for (let n = 0; n < order && n <= i % rowLength; n++) {
      if (n > 0) key += (tokens[i - n]! + 1) * (vocabSize + 1) ** (n - 1);
      let found = tables[n]!.get(key);
      if (!found) tables[n]!.set(key, (found = { counts: new Map(), total: 0 }));
      found.counts.set(tokens[i]!, (found.counts.get(tokens[i]!) ?? 0) + 1);
      found.total++;
    }
  }
  return tables;
}
