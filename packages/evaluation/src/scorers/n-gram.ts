import { InputError, type TokenBatch } from '@idlm/core-diffusion';
import { rowsOf } from '../rows';
import { type PairTable, pairTable } from './pair-table';
import type { Scorer } from './scorer';
import { type Tally, tally } from './tally';

/** How an n-gram scorer is built. */
export interface NGramOptions {
  /** Largest n, contexts of n − 1 tokens (default: the largest up to 6 whose counts are at most `counts`). */
  readonly order?: number;
  /** Counts that the default order may take, some 25 to 40 bytes each (default 2²⁵, about a gigabyte). */
  readonly counts?: number;
  readonly vocabSize: number;
  /** The tokens are rows of this length, each a text of its own (default: one text). */
  readonly rowLength?: number;
}

/** A judge of n-grams. */
export interface NGramScorer extends Scorer {
  /** Largest n that was counted. */
  readonly order: number;
  /** P(token | context), of contexts of any length. */
  probability(context: ArrayLike<number>, token: number): number;
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
  { order: asked, counts = COUNTS, vocabSize, rowLength = tokens.length }: NGramOptions,
): NGramScorer {
  const most = asked ?? Math.min(ORDER, Math.max(1, tokens.length - 1));
  if (!(Number.isInteger(most) && most >= 1 && tokens.length > most)) {
    throw new InputError(
      `An n-gram scorer needs an order of at least 1 and a longer text; order ${most} and ${tokens.length} tokens were given.`,
    );
  }
  const levels = countFollowers(tokens, { order: most, rowLength, counts: asked === undefined ? counts : Infinity });
  const order = levels.length;
  const probability = (context: ArrayLike<number>, token: number): number => {
    let value = 1 / vocabSize;
    for (let n = 0, node = ROOT; n <= Math.min(order - 1, context.length); n++) {
      const { contexts, followers, totals, distinct } = levels[n]!;
      if (n > 0) node = contexts.get(node, context[context.length - n]!);
      if (n > 0 && node === 0) break;
      const kinds = distinct.at(node);
      value = (followers.get(node, token) + kinds * value) / (totals.at(node) + kinds);
    }
    return value;
  };
  return {
    name: 'n-gram',
    order,
    ...(order < most ? { note: lowerOrder(order) } : {}),
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

const lowerOrder = (order: number): string =>
  `The n-gram judge counts contexts of up to ${order - 1} ${order === 2 ? 'token' : 'tokens'} (order ${order}): with longer ones, the counts of this text in this vocabulary take more memory than is kept for them. Its order can be set.`;

/** Orders that counts are taken of where no order is asked for, and how many. */
const [ORDER, COUNTS] = [6, 2 ** 25];

/** The context of no tokens. */
const ROOT = 1;

/** Counts of what follows the contexts of one length that occur. */
interface Level {
  /** From the number of a context that is a token shorter, and the token before it, to its own; from 1 on. */
  readonly contexts: PairTable;
  /** From a context's number and a token to how often it follows. */
  readonly followers: PairTable;
  /** Tokens that follow each context, and how many different ones. */
  readonly totals: Tally;
  readonly distinct: Tally;
}

/**
 * Counts the contexts of one length.
 * @param nodes the number of the context one shorter at each token, which becomes that of this one; 0 where there is none
 * @returns undefined, with `nodes` of no use, where there are more than `most` contexts and followers
 */
function countLevel(
  tokens: ArrayLike<number>,
  nodes: Int32Array,
  { length, rowLength, most }: { readonly length: number; readonly rowLength: number; readonly most: number },
): Level | undefined {
  const level: Level = { contexts: pairTable(), followers: pairTable(), totals: tally(), distinct: tally() };
  const { contexts, followers, totals, distinct } = level;
  for (let i = 0; i < tokens.length; i++) {
    if (i % rowLength < length) continue;
    const node = length ? contexts.numberOf(nodes[i]!, tokens[i - length]!) : ROOT;
    nodes[i] = node;
    totals.increment(node);
    if (followers.increment(node, tokens[i]!) === 1) distinct.increment(node);
    if (contexts.size() + followers.size() > most) return undefined;
  }
  return level;
}

/** Contexts are numbered as a tree whose branches read backwards, so that any order goes at any vocabulary. At least one level. */
function countFollowers(
  tokens: ArrayLike<number>,
  { order, rowLength, counts }: { readonly order: number; readonly rowLength: number; readonly counts: number },
): Level[] {
  const nodes = new Int32Array(tokens.length).fill(ROOT);
  const levels: Level[] = [];
  let most = counts;
  while (levels.length < order) {
    const length = levels.length;
    const level = countLevel(tokens, nodes, { length, rowLength, most: length ? most : Infinity });
    if (!level) break;
    levels.push(level);
    most -= level.contexts.size() + level.followers.size();
  }
  return levels;
}
