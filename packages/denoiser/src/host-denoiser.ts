import type { Denoiser, NoiseSchedule, Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Tokens and the positions whose logits are wanted; the request that samplers make. */
export interface HostRequest {
  /** [R, L], row-major. */
  readonly tokens: Int32Array;
  readonly length: number;
  readonly t: number;
  /** Flat positions, ascending. */
  readonly positions: Int32Array;
}

/** A network as a function of host arrays. */
export interface HostDenoiser {
  /** Logits [N, V] of the asked positions. */
  (request: HostRequest): Promise<Float32Array>;
  /** Frees what compiling keeps. The parameters are the caller's. */
  dispose(): void;
}

/** `compile` of an engine. */
export type Compile = (fn: (inputs: Tensor[]) => Tensor[]) => ((inputs: Tensor[]) => Tensor[]) & { dispose(): void };

/** What a network needs to serve samplers. */
export interface HostDenoiserOptions {
  readonly denoiser: Denoiser;
  readonly parameters: Parameters;
  readonly schedule: NoiseSchedule;
  readonly compile?: Compile;
  /** Most rows of one call, a power of two (default 256). */
  readonly maxRows?: number;
}

/** Fewest rows of a call; single rows cost nearly as much. */
const MIN_ROWS = 4;

/**
 * Sizes of the calls that serve `rows` rows: powers of two, largest first, so that few shapes occur and little is padded
 * (70 rows are 64 + 8 where 128 would waste 58).
 */
export function callSizes(rows: number, maxRows: number): number[] {
  const sizes: number[] = [];
  for (let left = rows; left > 0;) {
    let size = maxRows;
    while (size > MIN_ROWS && size > left) size /= 2;
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

/** Positions per row of a call, rounded up to a power of four up to L. */
function positionsPerRow(count: number, rows: number, length: number): number {
  let perRow = 1;
  while (perRow * rows < count) perRow *= 4;
  return Math.min(perRow, length);
}

const runPlainly: Compile = (fn) => Object.assign((inputs: Tensor[]) => tf.tidy(() => fn(inputs)), { dispose() {} });

/** The request's positions within rows `first` … `first + size − 1`, as a range of indices. */
function within(positions: Int32Array, from: number, to: number, start: number): number {
  let end = start;
  while (end < positions.length && positions[end]! < to) end++;
  if (end > start && positions[start]! < from) throw new Error('positions must ascend');
  return end;
}

/**
 * A denoiser as samplers see it: host tokens in, logits of the asked positions out. Rows and positions are padded to few
 * sizes, so that compiled shapes repeat; the head runs on the asked positions only.
 */
export function hostDenoiser({
  denoiser,
  parameters,
  schedule,
  compile = runPlainly,
  maxRows = 256,
}: HostDenoiserOptions): HostDenoiser {
  const names = Object.keys(parameters);
  const apply = compile(([ids, sigma, positions, ...weights]) => [
    denoiser.apply(Object.fromEntries(names.map((name, i) => [name, weights[i]!])), { ids: ids! }, sigma!, {
      positions: positions!,
    }),
  ]);
  const call = async (
    tokens: Int32Array,
    rows: number,
    length: number,
    t: number,
    positions: Int32Array,
  ): Promise<Float32Array> => {
    const ids = new Int32Array(rows * length);
    ids.set(tokens);
    const padded = new Int32Array(rows * positionsPerRow(positions.length, rows, length));
    padded.set(positions);
    const inputs = [
      tf.tensor2d(ids, [rows, length], 'int32'),
      tf.fill([rows], schedule.sigma(t)),
      tf.tensor1d(padded, 'int32'),
    ];
    const [logits] = apply([...inputs, ...names.map((name) => parameters[name]!)]) as [Tensor];
    try {
      const values = (await logits.data()) as Float32Array;
      return values.subarray(0, positions.length * denoiser.vocabSize);
    } finally {
      tf.dispose([inputs, logits]);
    }
  };
  const serve = async ({ tokens, length, t, positions }: HostRequest): Promise<Float32Array> => {
    const out = new Float32Array(positions.length * denoiser.vocabSize);
    const total = tokens.length / length;
    let [row, done] = [0, 0];
    for (const size of callSizes(total, maxRows)) {
      const end = Math.min(row + size, total);
      const next = within(positions, row * length, end * length, done);
      if (next > done) {
        const local = positions.slice(done, next).map((position) => position - row * length);
        out.set(
          await call(tokens.subarray(row * length, end * length), size, length, t, local),
          done * denoiser.vocabSize,
        );
      }
      [row, done] = [end, next];
    }
    return out;
  };
  return Object.assign(serve, { dispose: () => apply.dispose() });
}
