import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type CleanTokens, existingSlots, hasSlot, simplexAt } from '../noise/clean-tokens';
import { crossEntropy } from '../tensors/cross-entropy';
import { pickEntries, softCrossEntropy, tokensAt } from '../tensors/rows';

/**
 * −Σ_v x_v ln x_θ,v of clean tokens x at flat positions, [N]; gradients reach soft rows.
 * @param logProbs ln x_θ, [N, V]
 * @param positions int32 [N]
 */
export function cleanCrossEntropy(logProbs: Tensor, clean: CleanTokens, positions: Tensor): Tensor {
  if (clean.soft) return softCrossEntropy(logProbs, simplexAt(clean, positions, logProbs.shape[1]!));
  return tf.neg(pickEntries(logProbs, tokensAt(clean.ids, positions)));
}

/**
 * The same from logits, whose softmax is x_θ: no log-probabilities are kept for the gradient.
 * @param logits [N, V]
 */
export function cleanCrossEntropyOfLogits(logits: Tensor, { ids, soft }: CleanTokens, positions: Tensor): Tensor {
  const tokens = tokensAt(ids, positions);
  if (!soft) return crossEntropy(logits, tokens);
  const slots = tokensAt(soft.slots, positions);
  const probs = tf.gather(soft.probs, existingSlots(slots));
  return crossEntropy(logits, tokens, { probs, chosen: hasSlot(slots) });
}
