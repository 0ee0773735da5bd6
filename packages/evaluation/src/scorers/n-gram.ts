import { InputError, type TokenBatch } from '@idlm/core-diffusion';
import { rowsOf } from '../rows';
import { type PairTable, pairTable } from './pair-table';
import type { Scorer } from './scorer';
import { type Tally, tally } from './tally';

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
 * @example
 * ```ts
 * import { nGramScorer } from '@idlm/evaluation';
 *
 * const judge = nGramScorer([0, 1, 0, 1, 0, 1, 0, 1], { order: 2, vocabSize: 2 });
 * const nll = await judge.score({ ids: Int32Array.of(0, 1, 1), batch: 1, length: 3 }); // nats, [1 · 2]
 * console.log(nll[0]! < nll[1]!); // → true
 * ```
 */
export function nGramScorer(
  tokens: ArrayLike<number>,
  { order = 6, vocabSize, rowLength = tokens.length }: NGramOptions,
): Scorer & { probability(context: ArrayLike<number>, token: number): number } {
  if (!(Number.isInteger(order) && order >= 1 && tokens.length > order)) {
    throw new InputError(
      `An n-gram scorer needs an order of at least 1 and a longer text; order ${order} and ${tokens.length} tokens were given.`,
    );
  }
  const { children, followers, totals, distinct } = countFollowers(tokens, order, rowLength);
  const probability = (context: ArrayLike<number>, token: number): number => {
    let value = 1 / vocabSize;
    for (let n = 0, node = ROOT; n <= Math.min(order - 1, context.length); n++) {
      if (n > 0) node = children.get(node, context[context.length - n]!);
      if (n > 0 && node === ROOT) break;
      const kinds = distinct.at(node);
      value = (followers.get(node, token) + kinds * value) / (totals.at(node) + kinds);
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

/** The context of no tokens. */
const ROOT = 0;

/** Counts of what follows each context that occurs. */
interface Counts {
  /** From a context's number and the token before it to the number of the longer context. */
  readonly children: PairTable;
  /** From a context's number and a token to how often it follows. */
  readonly followers: PairTable;
  /** Tokens that follow each context, and how many different ones. */
  readonly totals: Tally;
  readonly distinct: Tally;
}

/** Contexts are numbered as a tree whose branches read backwards, so that any order goes at any vocabulary. */
function countFollowers(tokens: ArrayLike<number>, order: number, rowLength: number): Counts {
  const counts = { children: pairTable(), followers: pairTable(), totals: tally(), distinct: tally() };
  const { children, followers, totals, distinct } = counts;
  for (let i = 0; i < tokens.length; i++) {
    for (let n = 0, node = ROOT; n < order && n <= i % rowLength; n++) {
      if (n > 0) node = children.numberOf(node, tokens[i - n]!);
      totals.increment(node);
      if (followers.increment(node, tokens[i]!) === 1) distinct.increment(node);
    }
  }
  return counts;
}
