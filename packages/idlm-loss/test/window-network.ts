import { type Denoiser, type DenoiserInput, type Parameters, randomStream } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

const WIDTH = 8;

/** Embeddings [B, L, H] of hard ids, or of a latent, which is softened as the contract says. */
function embed(table: tf.Tensor, input: DenoiserInput): tf.Tensor {
  if ('ids' in input) return tf.gather(table, tf.cast(input.ids, 'int32'));
  if (!('latent' in input)) throw new Error('this network reads ids or a latent');
  const [batch, length, width] = input.latent.shape as [number, number, number];
  const rows = tf.matMul(tf.reshape(tf.softmax(input.latent), [-1, width]), table);
  return tf.reshape(rows, [batch, length, WIDTH]);
}

/** x moved by one position, zero at the edge, [B, L, H]. */
function neighbour(x: tf.Tensor, from: -1 | 1): tf.Tensor {
  const [batch, length] = x.shape as [number, number];
  const edge = tf.zeros([batch, 1, WIDTH]);
  const rest = tf.slice(x, [0, from === 1 ? 1 : 0, 0], [batch, length - 1, WIDTH]);
  return tf.concat(from === 1 ? [rest, edge] : [edge, rest], 1);
}

/**
 * A user's own network, which is no transformer: a perceptron over each token, its neighbours and the noise level. It reads
 * hard ids or a latent, and answers at the asked positions only.
 */
export const windowNetwork = (vocabSize: number): Denoiser => ({
  describe: () => ({ type: 'window', config: { vocabSize, length: 8, timeConditioned: true } }),
  vocabSize,
  timeConditioned: true,
  apply({ embedding, hidden, output }, input, sigma, { positions } = {}) {
    const x = embed(embedding!, input);
    const [batch, length] = x.shape as [number, number];
    const noise = tf.mul(tf.ones([batch, length, 1]), tf.reshape(sigma, [batch, 1, 1]));
    const features = tf.concat([neighbour(x, -1), x, neighbour(x, 1), noise], 2);
    const rows = tf.reshape(features, [batch * length, 3 * WIDTH + 1]);
    const asked = positions ? tf.gather(rows, positions) : rows;
    const logits = tf.matMul(tf.tanh(tf.matMul(asked as tf.Tensor2D, hidden as tf.Tensor2D)), output as tf.Tensor2D);
    return positions ? logits : tf.reshape(logits, [batch, length, vocabSize]);
  },
});

/** Random weights of a window network. The caller owns them. */
export function windowParameters(vocabSize: number, seed: number): Parameters {
  const normal = (name: string, rows: number, columns: number) => {
    const draws = randomStream(seed)
      .split(name)
      .normals(rows * columns);
    return tf.tensor2d(
      Float32Array.from(draws, (value) => value / Math.sqrt(rows)),
      [rows, columns],
    );
  };
  return {
    embedding: normal('embedding', vocabSize, WIDTH),
    hidden: normal('hidden', 3 * WIDTH + 1, 2 * WIDTH),
    output: normal('output', 2 * WIDTH, vocabSize),
  };
}
