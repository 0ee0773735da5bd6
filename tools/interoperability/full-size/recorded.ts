// Compares what the network of a model at full size answers with recorded-answers.json, which record_answers.py has written; prints JSON: the
// largest difference at each noise level, as a share of the root mean square of the numbers there.
//   recorded.ts MODEL [--family NAME]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { denoisers } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';

/** What the other network answered. */
interface Recorded {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  readonly entries: readonly number[];
  /** Logits [positions, entries] at each σ, and the logarithms of the sums of the exponentials of all logits there. */
  readonly answers: readonly {
    readonly sigma: number;
    readonly logits: readonly (readonly number[])[];
    readonly logSums: readonly number[];
  }[];
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { family: { type: 'string' } } });
const { ids, positions, entries, answers } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'recorded-answers.json'), 'utf8'),
) as Recorded;

await openEngine();
const known = values.family === undefined ? {} : { family: values.family };
const { network, parameters } = await loadModel(positionals[0]!, known);
const { vocabSize, timeConditioned } = network.config;
const denoiser = denoisers.create(network);

/** The rows of logits at the recorded positions. */
function rowsAt(sigma: number): Float32Array[] {
  const all = tf.tidy(() => {
    const input = { ids: tf.tensor2d([...ids], [1, ids.length], 'int32') };
    const at = tf.tensor1d([...positions], 'int32');
    return denoiser.apply(parameters, input, tf.tensor1d([sigma]), { positions: at }).dataSync<'float32'>();
  });
  return positions.map((_, n) => all.subarray(n * vocabSize, (n + 1) * vocabSize));
}

const logSum = (row: Float32Array): number => {
  const top = row.reduce((most, value) => Math.max(most, value), -Infinity);
  return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
};

/** The largest difference of two lists, as a share of the root mean square of the second. */
function difference(found: readonly number[], wanted: readonly number[]): number {
  const square = wanted.reduce((sum, value) => sum + value ** 2, 0) / wanted.length;
  return Math.max(...wanted.map((value, i) => Math.abs(found[i]! - value))) / Math.sqrt(square);
}

// A network that does not read the noise level was recorded at 0.
const used = answers.filter(({ sigma }) => timeConditioned || sigma === 0);
const errors = used.map(({ sigma, logits, logSums }) => {
  const rows = rowsAt(sigma);
  const found = rows.flatMap((row) => entries.map((entry) => row[entry]!));
  return [`sigma ${sigma}`, Math.max(difference(found, logits.flat()), difference(rows.map(logSum), logSums))] as const;
});
console.log(`\n${JSON.stringify({ errors: Object.fromEntries(errors) })}`);
