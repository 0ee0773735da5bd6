import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Denoiser, Parameters } from '../denoiser';
import { InputError } from '../errors';
import { nextTokenLoss } from '../losses/next-token';
import { FEW_LOGITS, slotsPerPart } from '../logits-at-once';
import { inParts } from '../tensors/in-parts';
import { logSoftmax } from '../tensors/log-softmax';
import { pickEntries } from '../tensors/rows';
import type { NetworkLossOptions } from './network-loss';

/** Flat positions of all tokens that another one follows, int32 [B·(L − 1)]. */
function followedPositions(batch: number, length: number): tf.Tensor1D {
  const all = Int32Array.from({ length: batch * length }, (_, i) => i);
  return tf.tensor1d(
    all.filter((at) => at % length < length - 1),
    'int32',
  );
}

/**
 * −ln p of every token but the first under a causal network, [B, L − 1], with gradients. Of a network whose head stands by itself, many logits
 * exist for some positions at a time, and are computed again for the gradient: those of a text of 1024 of GPT-2's tokens are 200 MB.
 * @param ids [B, L] int32, L ≥ 2
 * @throws InputError if there is no second token to score
 */
export function nextTokenNats(
  denoiser: Denoiser,
  parameters: Parameters,
  ids: Tensor,
  { logitsOfPart }: Pick<NetworkLossOptions, 'logitsOfPart'> = {},
): Tensor {
  const [batch, length] = ids.shape as [number, number];
  const sigma = tf.zeros([batch]);
  const { head, vocabSize } = denoiser;
  const areFew = batch * (length - 1) * vocabSize <= (logitsOfPart ?? FEW_LOGITS);
  if (!head || !denoiser.hidden || areFew) return nextTokenLoss(denoiser.apply(parameters, { ids }, sigma), ids);
  if (length < 2) throw new InputError(`A next token is scored in rows of at least 2 tokens; ${length} was given.`);
  const hidden = denoiser.hidden(parameters, { ids }, sigma, followedPositions(batch, length));
  const targets = tf.reshape(tf.slice(ids, [0, 1], [batch, length - 1]), [-1]);
  const shared = head.weights.map((name) => parameters[name]!);
  const nats = inParts(
    { perSlot: [hidden], shared, constantPerSlot: [targets], constants: [] },
    slotsPerPart(vocabSize, logitsOfPart),
    (part) => {
      const own = Object.fromEntries(head.weights.map((name, i) => [name, part.shared[i]!]));
      return tf.neg(pickEntries(logSoftmax(head.apply(own, part.perSlot[0]!)), part.constantPerSlot[0]!));
    },
  );
  return tf.reshape(nats, [batch, length - 1]);
}
