import { type Denoiser, type DenoiserInput, type Parameters, randomStream } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { DistillationBatch, Networks } from '../objective';

/** Entries of the vocabulary, the last of which is the mask where the noise has one. */
export const VOCABULARY = 5;

/** The law of a token of the data, and of no mask. All tokens are independent, so that it is what any perfect network predicts. */
const LAW = [0.4, 0.3, 0.2, 0.1];

/** Rows of a batch, and tokens of a row. */
const [ROWS, LENGTH] = [8, 4];

/** The table's rows chosen by the tokens to the left of flat positions, [N, V]. */
function rowsAt({ table }: Parameters, input: DenoiserInput, positions?: tf.Tensor): tf.Tensor {
  const { ids } = input as { readonly ids: tf.Tensor };
  const flat = tf.reshape(ids, [-1]);
  const asked = positions ?? tf.range(0, flat.size, 1, 'int32');
  const before = tf.maximum(tf.sub(asked, tf.scalar(1, 'int32')), tf.scalar(0, 'int32'));
  return tf.gather(table!, tf.gather(flat, tf.cast(before, 'int32') as tf.Tensor1D));
}

/** A network of one table: the logits of a position are a row chosen by the token to its left, and its hidden state the same row. */
export const smallDenoiser: Denoiser = {
  describe: () => ({ type: 'table', config: { vocabSize: VOCABULARY, length: LENGTH, timeConditioned: false } }),
  vocabSize: VOCABULARY,
  timeConditioned: false,
  apply(parameters, input, _sigma, { positions } = {}) {
    const rows = rowsAt(parameters, input, positions);
    return positions ? rows : tf.reshape(rows, [-1, LENGTH, VOCABULARY]);
  },
  hidden: (parameters, input, _sigma, positions) => rowsAt(parameters, input, positions),
};

/** Weights that are drawn. The caller owns them. */
const drawnTable = (seed: number): Parameters => ({
  table: tf.tensor2d(Float32Array.from(randomStream(seed).normals(VOCABULARY ** 2)), [VOCABULARY, VOCABULARY]),
});

/** The weights of a network that predicts the data's own law. */
const lawfulTable = (): Parameters => {
  const row = [...LAW.map(Math.log), -10];
  return { table: tf.tensor2d(Array.from({ length: VOCABULARY }, () => row)) };
};

/** Three networks that have nothing in common. The caller owns them. */
export const drawnNetworks = (): Networks => ({
  student: drawnTable(1),
  teacher: drawnTable(2),
  fake: drawnTable(3),
});

/** Three networks that predict the data's own law. The caller owns them. */
export const lawfulNetworks = (): Networks => ({
  student: lawfulTable(),
  teacher: lawfulTable(),
  fake: lawfulTable(),
});

/** A batch of the data. */
export function dataBatch(seed: number, update: number): DistillationBatch {
  const ends = LAW.map((_, i) => LAW.slice(0, i + 1).reduce((a, b) => a + b));
  const uniforms = randomStream(seed)
    .split('data')
    .uniforms(ROWS * LENGTH);
  const ids = Int32Array.from(uniforms, (u) => Math.min(ends.findIndex((end) => u < end) >>> 0, LAW.length - 1));
  return { ids, batch: ROWS, length: LENGTH, update };
}
