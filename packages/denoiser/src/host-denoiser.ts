import {
  type Compile,
  type Denoiser,
  InputError,
  type NoiseSchedule,
  type Parameters,
  compileNamed,
  countAtOnce,
  runPlainly,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type HostRequest, rowsPerCall, sigmaOfRows, splitRequest } from './host-request';
import { LARGE_NETWORK } from './networks/sizes';
import { type NetworkInputs, vocabularyParts } from './vocabulary-parts';

/** A network that reads and writes host arrays. */
export interface HostDenoiser {
  /** Logits [N, V] of the asked positions. */
  denoise(request: HostRequest): Promise<Float32Array>;
  /** Frees what compiling keeps, and what was computed of the parameters. These are the caller's. */
  dispose(): void;
  /** Calls worth having under way at the same time. */
  readonly atOnce: number;
  /** True: rows of a request may stand at different `times`. */
  readonly timesPerRow?: boolean;
}

/** What a network needs to serve samplers. */
export interface HostDenoiserOptions {
  readonly denoiser: Denoiser;
  /** They must not change while the network serves: what follows from them alone is computed once. */
  readonly parameters: Parameters;
  readonly schedule: NoiseSchedule;
  readonly compile?: Compile;
  /** Most rows of one call, a power of two (default 256, fewer for long sequences and large networks: see `rowsPerCall`). */
  readonly maxRows?: number;
  /** Most logits of one call (default `LOGITS_AT_ONCE`, a quarter of a gigabyte), as far as one row allows: rows follow from it too. */
  readonly maxLogits?: number;
}

/**
 * Sizes of the calls that serve `rows` rows: powers of two, largest first, so that few shapes occur. The last quarter of a call
 * may be padding: a call more costs as much (28 rows are 32, and 70 are 64 + 8).
 */
export function callSizes(rows: number, maxRows: number): number[] {
  const sizes: number[] = [];
  for (let left = rows; left > 0;) {
    let size = maxRows;
    while (0.75 * size > left) size /= 2;
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

/** Positions of a call, padded: 1, 1½, 2, 3, 4, 6 … for each row, up to L. */
function paddedPositions(count: number, rows: number, length: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(1, count / rows)));
  const perRow = 0.75 * power * rows >= count && power > 1 ? 0.75 * power : power;
  return Math.ceil(Math.min(perRow, length) * rows);
}

/**
 * Room for the logits of a whole request.
 * @throws InputError where the machine has none
 */
function logitsArray(positions: number, vocabSize: number): Float32Array {
  try {
    return new Float32Array(positions * vocabSize);
  } catch {
    const gigabytes = ((positions * vocabSize * 4) / 1e9).toFixed(1);
    throw new InputError(
      `Logits of ${positions} positions of ${vocabSize} tokens take ${gigabytes} GB, for which there is no memory: ask for fewer positions at a time.`,
    );
  }
}

/** @throws InputError unless the most rows of a call are a power of two */
function checkMostRows(maxRows: number | undefined): void {
  if (maxRows === undefined || (maxRows >= 1 && Number.isInteger(Math.log2(maxRows)))) return;
  throw new InputError(`maxRows must be a power of two, so that calls repeat in size; ${maxRows} was given.`);
}

/** Rows of one call for a request: also bounded by their logits, where each row has as many positions as the mean. */
function mostRowsFor(
  { tokens, length, positions }: HostRequest,
  { denoiser, maxLogits }: HostDenoiserOptions,
  maxRows: number,
): number {
  const rows = tokens.length / length;
  const perRow = paddedPositions(positions.length, rows, length) / rows;
  const most = countAtOnce(perRow * denoiser.vocabSize, maxLogits);
  return Math.min(maxRows, 2 ** Math.floor(Math.log2(most)));
}

/** What a call for a part of a request reads, padded to its size. The caller disposes it. */
function paddedInputs(part: HostRequest, { schedule }: HostDenoiserOptions, maxRows: number): NetworkInputs {
  const { tokens, length, positions } = part;
  const [rows] = callSizes(tokens.length / length, maxRows) as [number];
  const ids = new Int32Array(rows * length);
  ids.set(tokens);
  const padded = new Int32Array(paddedPositions(positions.length, rows, length));
  padded.set(positions);
  return {
    ids: tf.tensor2d(ids, [rows, length], 'int32'),
    sigma: tf.tensor1d(sigmaOfRows(part, schedule, rows)),
    positions: tf.tensor1d(padded, 'int32'),
  };
}

/** Logits of a request, by a call for each of its parts that has positions. */
async function denoiseInParts(
  request: HostRequest,
  call: (part: HostRequest) => Promise<Float32Array>,
  { most, width }: { readonly most: number; readonly width: number },
): Promise<Float32Array> {
  const parts = splitRequest(request, (rows) => callSizes(rows, most)).filter((part) => part.positions.length);
  if (parts.length === 1) return call(parts[0]!);
  const out = logitsArray(request.positions.length, width);
  let done = 0;
  for (const part of parts) {
    out.set(await call(part), done);
    done += part.positions.length * width;
  }
  return out;
}

const countOf = (parameters: Parameters): number => Object.values(parameters).reduce((sum, { size }) => sum + size, 0);

/**
 * A denoiser as samplers see it: host tokens in, logits of the asked positions out. Rows and positions are padded to few
 * sizes, so that compiled shapes repeat; the head runs on the asked positions only.
 * @throws InputError if `maxRows` is no power of two; when called, for positions that do not ascend within the tokens, or
 * times that are not one for each row
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import { generate } from '@idlm/samplers';
 *
 * const { compile } = await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const parameters = initialParameters(config, randomStream(1));
 * const network = hostDenoiser({ denoiser: dit(config), parameters, schedule: family.schedule, compile });
 * const { tokens } = await generate(network, family, 4, { batch: 2, length: 16 });
 * console.log(tokens.length, tokens.includes(27)); // → 32 false
 * network.dispose();
 * ```
 */
export function hostDenoiser(options: HostDenoiserOptions): HostDenoiser {
  const { denoiser, parameters, compile = runPlainly } = options;
  checkMostRows(options.maxRows);
  const count = countOf(parameters);
  const rowsOf = (length: number): number => options.maxRows ?? rowsPerCall(length, count);
  const network = compileNamed(
    compile,
    ({ weights, ids, sigma, positions }: NetworkInputs & { weights: Parameters }) => ({
      logits: denoiser.apply(weights, { ids }, sigma, { positions }),
    }),
    { sequential: true },
  );
  const inParts = vocabularyParts(denoiser, compile);
  let constants: Parameters | undefined;
  /** The parameters with what follows from them, which the first call computes. */
  const weights = (): Parameters => ({ ...parameters, ...(constants ??= denoiser.constants?.(parameters)) });
  /** Logits of a part, padded to the size of one call. */
  const call = async (part: HostRequest): Promise<Float32Array> => {
    const inputs = paddedInputs(part, options, rowsOf(part.length));
    const rows = part.positions.length;
    let logits: Tensor | undefined;
    try {
      if (inParts?.areMany(inputs.positions.size)) return await inParts.logits(weights(), inputs, rows);
      ({ logits } = network.run({ ...inputs, weights: weights() }));
      const values = (await logits.data()) as Float32Array;
      return values.subarray(0, rows * denoiser.vocabSize);
    } finally {
      tf.dispose([inputs, logits] as never);
    }
  };
  return {
    denoise: (request) =>
      denoiseInParts(request, call, {
        most: mostRowsFor(request, options, rowsOf(request.length)),
        width: denoiser.vocabSize,
      }),
    dispose() {
      network.dispose();
      inParts?.dispose();
      tf.dispose(constants);
      constants = undefined;
    },
    // Two calls of a large network under way would hold twice as many logits and activations.
    atOnce: count >= LARGE_NETWORK ? 1 : network.atOnce,
    timesPerRow: true,
  };
}
