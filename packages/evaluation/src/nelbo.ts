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
import type { Share } from '@idlm/core-diffusion/ranks';
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

/**
 * Has `count` things made, of which this process makes those of its share by `make`, and others the rest.
 * @returns all of them, one behind another
 */
export type MakeTogether = <Made>(
  count: number,
  make: (share: Share) => Promise<readonly Made[]>,
) => Promise<readonly Made[]>;

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
  /** Has the batches measured, each by one of several processes (default: all by this one). */
  readonly together?: MakeTogether;
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

/** What one batch tells of a bound: the mean of each draw in nats per token, and each row's part, the mean over the draws. */
interface BatchBound {
  readonly values: readonly number[];
  readonly rows: readonly TextWeight[];
}

/** All that is to be made, by this process. */
const alone: MakeTogether = (count, make) => make({ first: 0, end: count });

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
  const ofBatch = async (
    { parameters, random, draws = 1, bytes = () => 0 }: BoundRequest,
    batch: TextBatch,
    number: number,
  ): Promise<BatchBound> => {
    const texts = countedRows(batch);
    const tokens = texts.reduce((sum, { length }) => sum + length, 0);
    const nats = new Float64Array(batch.batch);
    const values: number[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const drawn = drawLoss(family, batch, random.split(number).split(draw));
      const fed = upload(drawn);
      const { perSlot } = bound.run({ parameters, fed });
      const found = natsByRow(drawn, await perSlot.data(), batch, tokens);
      tf.dispose([perSlot, fed]);
      values.push(found.reduce((a, c) => a + c, 0) / Math.max(1, tokens));
      found.forEach((value, row) => (nats[row]! += value / draws));
    }
    return { values, rows: texts.map((ids, row) => ({ nats: nats[row]!, tokens: ids.length, bytes: bytes(ids) })) };
  };
  return {
    async measure(request) {
      const { batches, together = alone } = request;
      const measured = await together(batches.length, async ({ first, end }) => {
        const own: BatchBound[] = [];
        for (let b = first; b < end; b++) own.push(await ofBatch(request, batches[b]!, b));
        return own;
      });
      const values = measured.flatMap((one) => one.values);
      const rows = measured.flatMap((one) => one.rows);
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
