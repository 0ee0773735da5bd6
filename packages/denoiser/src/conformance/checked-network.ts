import { type Denoiser, type NetworkDescription, type Parameters, randomStream } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { denoisers, freshParameters } from '../registry';

/** How far results of the same numbers may differ when they are computed in batches of other shapes. */
export const TOLERANCE = 1e-4;

/** A network to check, with weights of which none is zero, so that a new network's symmetries hide nothing. */
export interface Checked {
  readonly network: NetworkDescription;
  readonly denoiser: Denoiser;
  readonly parameters: Parameters;
}

/** Makes the network for one check, and frees it. */
export async function withNetwork(
  network: NetworkDescription,
  use: (checked: Checked) => Promise<void>,
): Promise<void> {
  const random = randomStream(1);
  const fresh = freshParameters(network, random.split('initial'));
  const parameters = Object.fromEntries(
    Object.entries(fresh).map(([name, weight]) => {
      const noise = Float32Array.from(random.split(name).normals(weight.size), (value) => 0.3 * value);
      return [name, tf.tidy((): tf.Tensor => tf.add(weight, tf.tensor(noise, weight.shape)))];
    }),
  );
  tf.dispose(fresh);
  try {
    await use({ network, denoiser: denoisers.create(network), parameters });
  } finally {
    tf.dispose(parameters);
  }
}

/** What a network is asked. */
interface Question {
  readonly ids: Int32Array;
  readonly rows: number;
  readonly length: number;
  readonly sigma?: number;
  readonly positions?: readonly number[];
}

/** Logits as numbers, with their shape. */
export async function ask({ denoiser, parameters }: Checked, question: Question) {
  const { ids, rows, length, sigma = 0.7, positions } = question;
  const logits = tf.tidy(() =>
    denoiser.apply(
      parameters,
      { ids: tf.tensor2d(ids, [rows, length], 'int32') },
      tf.fill([rows], sigma),
      positions && { positions: tf.tensor1d([...positions], 'int32') },
    ),
  );
  const found = { values: (await logits.data()) as Float32Array, shape: logits.shape };
  logits.dispose();
  return found;
}

/** Rows of the batch. */
export const ROWS = 3;

/** A batch of the longest sequences. */
export function batchFor({ config: { vocabSize, length } }: NetworkDescription): Question {
  return { ids: randomStream(2).integers(ROWS * length, vocabSize), rows: ROWS, length };
}

/** Largest distance of two numbers at one place; infinite for lists of other lengths. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i]!)),
    a.length === b.length ? 0 : Infinity,
  );

/** Whether two values are the same as JSON. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A description as JSON with its fields in alphabetical order, in which they need not be written down. */
export const described = (network: NetworkDescription): string =>
  JSON.stringify(network, (_, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
