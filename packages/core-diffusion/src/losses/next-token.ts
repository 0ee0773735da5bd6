import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { InputError } from '../errors';
import { checkShape } from '../tensors/check-shape';
import { logSoftmax } from '../tensors/log-softmax';
import { pickEntries } from '../tensors/rows';

/**
 * −ln p(x_{l+1} | x_{≤ l}) of an autoregressive model for l = 0 … L − 2, [B, L − 1]; the first token is never scored.
 * @param logits [B, L, V] of a causal network
 * @param ids [B, L] int32, L ≥ 2
 * @throws InputError if the shapes do not fit, or there is no second token to score
 */
export function nextTokenLoss(logits: Tensor, ids: Tensor): Tensor {
  checkShape('ids', ids, 'B L', checkShape('logits', logits, 'B L V'));
  const [batch, length, width] = logits.shape as [number, number, number];
  if (length < 2) throw new InputError(`A next token is scored in rows of at least 2 tokens; ${length} was given.`);
  const rows = tf.reshape(tf.slice(logits, [0, 0, 0], [batch, length - 1, width]), [-1, width]);
  const targets = tf.reshape(tf.slice(ids, [0, 1], [batch, length - 1]), [-1]);
  return tf.reshape(tf.neg(pickEntries(logSoftmax(rows), targets)), [batch, length - 1]);
}
