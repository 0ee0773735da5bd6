import { type Compile, type Denoiser, type Parameters, compileNamed } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What a call of a network reads beside its weights. */
export interface NetworkInputs {
  readonly ids: Tensor;
  readonly sigma: Tensor;
  readonly positions: Tensor;
}

/** Logits up to which a call of `hostDenoiser` computes all at once: 128 MiB. */
export const FEW_LOGITS_OF_CALL = 2 ** 25;

/** Logits of one part of a call with more: 32 MiB. */
export const LOGITS_OF_CALL_PART = 2 ** 23;

/** Sizes of the parts of logits. */
interface PartSizes {
  /** Logits up to which a call computes all at once (default `FEW_LOGITS_OF_CALL`). */
  readonly few?: number;
  /** Logits of one part (default `LOGITS_OF_CALL_PART`). */
  readonly ofPart?: number;
}

/** A network whose calls compute many logits for some entries of the vocabulary at a time. */
export interface VocabularyParts {
  /** Whether logits of so many positions are so many. */
  areMany(positions: number): boolean;
  /** Logits [rows, V] of the first `rows` positions. */
  logits(weights: Parameters, inputs: NetworkInputs, rows: number): Promise<Float32Array>;
  dispose(): void;
}

/** Columns of a product that processors compute together; parts of whole such blocks round as the product of all does. */
const BLOCK = 64;

/** Where parts of a vocabulary start, and how many entries each has. */
function* partsOf(vocabSize: number, most: number): Generator<readonly [start: number, size: number]> {
  const size = Math.max(BLOCK, BLOCK * Math.floor(most / BLOCK));
  for (let start = 0; start < vocabSize; start += size) yield [start, Math.min(size, vocabSize - start)];
}

/**
 * Logits for some entries of the vocabulary at a time: an engine holds those of a part alone beside the array of all. Bit for bit those of one
 * product of matrices on the native engine; parts of positions, whose products have fewer rows, are rounded otherwise there.
 * @returns undefined for networks whose head does not go by entries
 */
export function vocabularyParts(
  { vocabSize, hidden, head }: Denoiser,
  compile: Compile,
  { few = FEW_LOGITS_OF_CALL, ofPart = LOGITS_OF_CALL_PART }: PartSizes = {},
): VocabularyParts | undefined {
  if (!hidden || !head?.byEntry) return undefined;
  const options = { sequential: true };
  const body = compileNamed(
    compile,
    ({ weights, ids, sigma, positions }: NetworkInputs & { weights: Parameters }) => ({
      states: hidden(weights, { ids }, sigma, positions),
    }),
    options,
  );
  const product = compileNamed(
    compile,
    ({ own, states }: { own: Parameters; states: Tensor }) => ({ logits: head.apply(own, states) }),
    options,
  );
  /** The head's weights of some entries. */
  const weightsOf = (weights: Parameters, start: number, size: number): Parameters =>
    Object.fromEntries(
      head.weights.map((name) => {
        const all = weights[name]!;
        const rest = all.shape.length - 1;
        const from = [start, ...new Array<number>(rest).fill(0)];
        return [name, tf.slice(all, from, [size, ...new Array<number>(rest).fill(-1)])];
      }),
    );
  const readPart = async (weights: Parameters, states: Tensor, start: number, size: number): Promise<Float32Array> => {
    const own = weightsOf(weights, start, size);
    let logits: Tensor | undefined;
    try {
      ({ logits } = product.run({ own, states }));
      return (await logits.data()) as Float32Array;
    } finally {
      tf.dispose([own, logits] as never);
    }
  };
  return {
    areMany: (positions) => positions * vocabSize > few,
    async logits(weights, inputs, rows) {
      const { states } = body.run({ ...inputs, weights });
      try {
        const all = new Float32Array(rows * vocabSize);
        for (const [start, size] of partsOf(vocabSize, ofPart / states.shape[0]!)) {
          const part = await readPart(weights, states, start, size);
          for (let row = 0; row < rows; row++)
            all.set(part.subarray(row * size, (row + 1) * size), row * vocabSize + start);
        }
        return all;
      } finally {
        tf.dispose(states);
      }
    },
    dispose() {
      body.dispose();
      product.dispose();
    },
  };
}
