import { type Denoiser, InputError, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { softmax } from '../src/exact/space';
import { type ListedProcess, product, tokenAt } from './listed-process';

/** Row of a table for position l of noisy state z: z · L + l. */
export const rowIndex = ({ noisy }: ListedProcess, state: number, position: number) => state * noisy.length + position;

/** Entries of a network's table, [noisy states · L, V (+ mask)]. */
export const tableSize = ({ noisy }: ListedProcess): number => noisy.size * noisy.length * noisy.vocabSize;

/** A network that is a table: free logits for every noisy state and position. */
export function tableDenoiser({ noisy: { length, vocabSize } }: ListedProcess): Denoiser {
  const strides = Array.from({ length }, (_, l) => vocabSize ** (length - 1 - l));
  return {
    describe: () => ({ type: 'table', config: { vocabSize, length, timeConditioned: false } }),
    vocabSize,
    timeConditioned: false,
    apply({ table }, input, _sigma, { positions } = {}) {
      if (!('ids' in input)) throw new InputError('A table has no soft input.');
      const state = tf.sum(tf.mul(input.ids, tf.tensor1d(strides, 'int32')), 1);
      const rows = tf.add(tf.mul(tf.expandDims(state, 1), length), tf.range(0, length, 1, 'int32'));
      const at = positions ? tf.gather(tf.reshape(rows, [-1]), positions) : rows;
      return tf.gather(table!, tf.cast(at, 'int32'));
    },
  };
}

/** A table on the device. The caller owns it. */
export const tableTensor = (process: ListedProcess, logits: Float64Array): Parameters => ({
  table: tf.tensor2d(Float32Array.from(logits), [logits.length / process.noisy.vocabSize, process.noisy.vocabSize]),
});

/** The clean probabilities of one row of a table, [V]; the mask is left out. */
export function predicted(process: ListedProcess, logits: Float64Array, row: number): Float64Array {
  const start = row * process.noisy.vocabSize;
  return softmax(logits.slice(start, start + process.clean.vocabSize));
}

/**
 * The table of the best network for data of a law, [table]: P(x_l | z without its l-th token) with z noised to α = 1/2. For
 * masks that is optimal at every time, since what is visible says all; for uniform noise at that one, as a table is not told
 * the time.
 */
export function posteriorTable(process: ListedProcess, law: Float64Array): Float64Array {
  const { clean, noisy } = process;
  const out = new Float64Array(tableSize(process));
  for (let z = 0; z < noisy.size; z++)
    for (let l = 0; l < clean.length; l++) {
      const sums = new Float64Array(clean.vocabSize);
      const others = (x: number) =>
        product(clean, (k) => (k === l ? 1 : process.transition(tokenAt(clean, x, k), tokenAt(noisy, z, k), 0.5)));
      law.forEach((p, x) => (sums[tokenAt(clean, x, l)]! += p * others(x)));
      out.set(sums.map(Math.log), rowIndex(process, z, l) * noisy.vocabSize);
    }
  return out;
}
