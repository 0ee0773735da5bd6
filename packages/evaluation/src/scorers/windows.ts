import { generativeWeights } from '../metrics/perplexity';

/** A window of a judge's context, as it reads and weighs it. */
export interface JudgedWindow {
  /** Number of the text that it is cut from. */
  readonly text: number;
  /** Its tokens, padded with ends of a text. */
  readonly ids: Int32Array;
  /** What each token but the first counts, [ids − 1]. */
  readonly weights: Float64Array;
}

/** How texts are cut. */
export interface WindowOptions {
  /** Tokens of a window, at most. */
  readonly context: number;
  /** Tokens of a text that are read, at most; the rest is left out (default: all). */
  readonly longest?: number;
  /** The token that ends a text, and fills shorter ones up. */
  readonly endOfText: number;
  /** How many of each text's first tokens are read and not scored, such as those of a prompt (default: none). */
  readonly given?: readonly number[];
}

/** What each token but the first of a window counts, of which the first `given` are read alone. */
function weightsOf(window: Int32Array, given: number, endOfText: number): Float64Array {
  const before = Math.min(Math.max(given - 1, 0), window.length - 1);
  const weights = new Float64Array(window.length - 1);
  weights.set(generativeWeights(window.subarray(before), endOfText), before);
  return weights;
}

/**
 * Texts in windows as the references cut them: each is cut off behind `longest` tokens and filled up with ends of a text to the longest of
 * all, and the rows are split every `context` tokens. Of each window the first token isn't scored, and of its ends of a text the first alone,
 * so that padding counts once where the text has no end of its own there.
 * Source: MDLM repository, `eval_retokenize` and `compute_generative_perplexity`; Duo repository, `metrics.py`.
 */
export function judgedWindows(
  texts: readonly Int32Array[],
  { context, longest = Infinity, endOfText, given = [] }: WindowOptions,
): JudgedWindow[] {
  const cut = texts.map((ids) => ids.subarray(0, Math.min(ids.length, longest)));
  const width = Math.max(0, ...cut.map(({ length }) => length));
  return cut.flatMap((ids, text) => {
    const padded = new Int32Array(width).fill(endOfText);
    padded.set(ids);
    return Array.from({ length: Math.ceil(width / context) }, (_, i): JudgedWindow => {
      const window = padded.subarray(i * context, (i + 1) * context);
      const read = (given[text] ?? 0) - i * context;
      return { text, ids: window, weights: weightsOf(window, read, endOfText) };
    });
  });
}
