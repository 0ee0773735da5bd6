import { batchRowOf } from '@idlm/core-diffusion/sampling';
import { networkOf } from '../network';
import { checkLogits } from '../predict';
import type { Denoise, DenoiseRequest, Network } from '../sampler';
import { atRowTimes } from './at-row-times';
import { guidedRowsOf } from './noisy-rows';
import { type GuidanceOptions, checkStrength } from './options';

/**
 * A classifier of noisy rows as guidance sees it: ln p(y | row) with each token v of the vocabulary in the place of the one at each
 * asked position, [N, V], up to a constant of each position. A first-order expansion around the row is enough for smooth classifiers.
 */
export type Classifier = Denoise;

/** Rows of tokens at one time, all of which are to be classified. */
export interface ClassifyRequest {
  /** [R, L] row-major. */
  readonly tokens: Int32Array;
  readonly length: number;
  readonly t: number;
}

/** ln p(y | row) of each row, [R]. */
export type Classify = (request: ClassifyRequest) => Promise<ArrayLike<number>>;

/** All rows of a request with one token replaced by each of the vocabulary, positions `from` … `to` − 1. */
function replaced(
  { tokens, length, positions }: DenoiseRequest,
  from: number,
  to: number,
  vocabSize: number,
): Int32Array {
  const rows = new Int32Array((to - from) * vocabSize * length);
  for (let n = from; n < to; n++) {
    const [position, row] = [positions[n]! % length, batchRowOf(positions[n]!, length)];
    for (let v = 0; v < vocabSize; v++) {
      const at = ((n - from) * vocabSize + v) * length;
      rows.set(tokens.subarray(row * length, (row + 1) * length), at);
      rows[at + position] = v;
    }
  }
  return rows;
}

/**
 * The classifier that asks for every token at every position in turn: exact, at V rows for each position.
 * @param classify ln p(y | row) of noisy rows
 * @param options.vocabSize V of the family, the mask included
 * @param options.rowsAtOnce rows of a call, at least those of one position (default 4096)
 */
export const everyToken =
  (
    classify: Classify,
    { vocabSize, rowsAtOnce = 4096 }: { readonly vocabSize: number; readonly rowsAtOnce?: number },
  ): Classifier =>
  async (request) => {
    const { positions, length, t } = request;
    const out = new Float64Array(positions.length * vocabSize);
    const most = Math.max(1, Math.floor(rowsAtOnce / vocabSize));
    for (let from = 0; from < positions.length; from += most) {
      const to = Math.min(positions.length, from + most);
      out.set(
        Array.from(await classify({ tokens: replaced(request, from, to, vocabSize), length, t })),
        from * vocabSize,
      );
    }
    return out;
  };

/**
 * Classifier guidance: a network of the law p(x) p(y | x)^γ, normalised position by position, from one that knows no condition and
 * a classifier of noisy rows. At γ = 1 it is Bayes' rule, exact where both are. A network like any other, as `guided` gives it. Rows at
 * different times may be asked for at once: the classifier, and a network without `timesPerRow`, is asked for those of each time.
 * @throws InputError unless the strength is a finite number of at least 0; in a call, for another number of logits
 * Source: Schiff et al., "Simple Guidance Mechanisms for Discrete Diffusion Models" (arXiv 2412.10193), D-CBG; Nisonoff et al.
 * (arXiv 2406.01572) for rates.
 */
export function guidedByClassifier(
  denoise: Denoise | Network,
  classifier: Classifier,
  options: GuidanceOptions,
): Network {
  checkStrength(options);
  const { strength, family } = options;
  const network = networkOf({ denoise });
  if (strength === 0) return network;
  const width = family.process.vocabSize;
  const ask = atRowTimes(network, width, 'A guided network');
  const classify = atRowTimes({ denoise: classifier }, width, 'A classifier');
  const guide = async (request: DenoiseRequest): Promise<Float64Array> => {
    const { positions, tokens } = request;
    const [logits, classified] = await Promise.all([ask(request), classify(request)]);
    checkLogits(logits, positions.length, width, 'A guided network');
    checkLogits(classified, positions.length, width, 'A classifier');
    const rowsAt = guidedRowsOf(family, request);
    const out = Float64Array.from(logits);
    positions.forEach((position, n) => {
      const rows = rowsAt(position);
      const row = out.subarray(n * width, (n + 1) * width);
      // Scores are ratios to the current token.
      const base = family.slotToLogScores ? classified[n * width + tokens[position]!]! : 0;
      rows.toLogs(row);
      for (let v = 0; v < width; v++) row[v]! += strength * (classified[n * width + v]! - base);
      rows.toLogits(row);
    });
    return out;
  };
  return { denoise: guide, atOnce: network.atOnce, timesPerRow: true };
}
