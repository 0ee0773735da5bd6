import {
  type Compile,
  type Denoiser,
  type Family,
  type LossFeeds,
  type Parameters,
  type RandomStream,
  type Uploaded,
  batchRowOf,
  compileNamed,
  drawLoss,
  networkLoss,
  runPlainly,
  upload,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { standardError } from './metrics/entropy';
import { type MeasuredLikelihood, measuredLikelihood } from './metrics/measured-likelihood';
import { type TextBatch, countedRows } from './rows';
import type { TextWeight } from './metrics/text-weight';

/** The network whose bound is measured, and what runs it. */
export interface BoundOptions {
  readonly family: Family;
  readonly denoiser: Denoiser;
  readonly compile?: Compile;
}

/** What a likelihood bound is estimated from. */
export interface BoundRequest {
  /** Those of the same network at every call. */
  readonly parameters: Parameters;
  /** Held-out batches, all of one shape. */
  readonly batches: readonly TextBatch[];
  readonly random: RandomStream;
  /** Draws of time and noise per batch (default 1, the references'). */
  readonly draws?: number;
  /** UTF-8 bytes of the text of ids (default: none, so that there are no bits per byte). */
  readonly bytes?: (ids: Int32Array) => number;
}

/**
 * A bound with its standard error over batches and draws. Its intervals over rows are wider, since they count as chance that each row has
 * a time of its own, where times spread evenly over a batch.
 */
export type MeasuredBound = MeasuredLikelihood & { readonly standardError: number };

/** Measures the bound of one network again and again, compiled once. */
export interface LikelihoodBound {
  measure(request: BoundRequest): Promise<MeasuredBound>;
  dispose(): void;
}

/** What one estimate is computed from. */
interface BoundInputs {
  readonly parameters: Parameters;
  readonly fed: Uploaded<LossFeeds>;
}

/** Sums of what each slot adds to the mean over a batch's tokens, by row, in nats. */
function natsByRow(
  { noise }: LossFeeds,
  perSlot: ArrayLike<number>,
  { batch, length }: TextBatch,
  tokens: number,
): Float64Array {
  const nats = new Float64Array(batch);
  noise.positions.values.forEach((position, slot) => (nats[batchRowOf(position, length)]! += perSlot[slot]! * tokens));
  return nats;
}

/**
 * The bound on −ln p(x) per token that is not given, with antithetic times over each batch: the references' validation
 * estimate, unbiased for batches of equally many such tokens. As the references' it is the integral over time alone: what x_1 still tells of x_0,
 * KL(q(x_1 | x_0) ‖ prior), is left out. With the signal of 1e-3 that schedules leave at t = 1, a uniform process has 1.3e-5 nats of
 * it a token at V = 27, and 3.0e-3 at V = 50257.
 * What is compiled serves every call; free it with `dispose`.
 */
export function likelihoodBound({ family, denoiser, compile = runPlainly }: BoundOptions): LikelihoodBound {
  const bound = compileNamed(compile, ({ parameters, fed: { ids, noise, factors } }: BoundInputs) => ({
    perSlot: tf.mul(networkLoss({ family, denoiser }, parameters, { ids }, noise), factors),
  }));
  return {
    async measure({ parameters, batches, random, draws = 1, bytes = () => 0 }) {
      const values: number[] = [];
      const rows: TextWeight[] = [];
      for (const [b, batch] of batches.entries()) {
        const texts = countedRows(batch);
        const tokens = texts.reduce((sum, { length }) => sum + length, 0);
        const nats = new Float64Array(batch.batch);
        for (let draw = 0; draw < draws; draw++) {
          const drawn = drawLoss(family, batch, random.split(b).split(draw));
          const fed = upload(drawn);
          const { perSlot } = bound.run({ parameters, fed });
          const found = natsByRow(drawn, await perSlot.data(), batch, tokens);
          tf.dispose([perSlot, fed]);
          values.push(found.reduce((a, c) => a + c, 0) / Math.max(1, tokens));
          found.forEach((value, row) => (nats[row]! += value / draws));
        }
        texts.forEach((ids, row) => rows.push({ nats: nats[row]!, tokens: ids.length, bytes: bytes(ids) }));
      }
      return { ...measuredLikelihood(rows), standardError: values.length > 1 ? standardError(values) : NaN };
    },
    dispose: bound.dispose,
  };
}

/**
 * `likelihoodBound`, measured once.
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import { nelboPerplexity } from '@idlm/evaluation';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const heldOut = { ids: new Int32Array(4 * 16).fill(3), batch: 4, length: 16 };
 * const { perplexity, bitsPerToken, intervals } = await nelboPerplexity({
 *   family: mdlm({ vocabSize: 28, maskId: 27 }),
 *   denoiser: dit(config),
 *   parameters: initialParameters(config, randomStream(1)), // untrained: as good as a guess among 27 tokens
 *   batches: [heldOut],
 *   random: randomStream(2),
 *   draws: 8,
 * });
 * console.log(perplexity > 15 && perplexity < 50, Math.abs(2 ** bitsPerToken - perplexity) < 1e-6); // → true true
 * console.log(intervals.perplexity[0] <= perplexity); // → true
 * ```
 */
export async function nelboPerplexity(options: BoundOptions & BoundRequest): Promise<MeasuredBound> {
  const bound = likelihoodBound(options);
  try {
    return await bound.measure(options);
  } finally {
    bound.dispose();
  }
}
