import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { oneHotRows, tokensAt } from '../tensors/rows';
import type { SlotSource } from '../tensors/slot-source';

/**
 * Clean tokens on the device: hard ids, and, where a student wrote them, rows of the simplex, which stand in place of the id.
 */
export interface CleanTokens {
  /** [B, L] int32. */
  readonly ids: Tensor;
  readonly soft?: {
    /** For each flat position b·L + l: its slot in `probs`, or −1 where the id is hard. int32 [B·L]. */
    readonly slots: Tensor;
    /** [N, V], rows on the simplex; gradients flow through them. */
    readonly probs: Tensor;
    /** The hard token drawn from each row, int32 [N] (no gradient). */
    readonly drawn: Tensor;
  };
}

/** Clean tokens whose soft rows are computed when they are asked for. */
export interface LazyCleanTokens extends Omit<CleanTokens, 'soft'> {
  readonly soft: Pick<Required<CleanTokens>['soft'], 'slots' | 'drawn'> & { readonly source: SlotSource };
}

/** Slots with −1 (none) replaced by slot 0, for a gather whose result is then not chosen. */
export const existingSlots = (slots: Tensor): Tensor => tf.maximum(slots, tf.scalar(0, 'int32'));

/** Which flat positions have a slot, bool. */
export const hasSlot = (slots: Tensor): Tensor => tf.greaterEqual(slots, tf.scalar(0, 'int32'));

/** Ids [B, L] with the tokens of slots [N] at their positions. @param slots of each flat position, or −1; int32 [B·L] */
export const placeTokens = (ids: Tensor, slots: Tensor, tokens: Tensor): Tensor =>
  tf.reshape(
    tf.where(hasSlot(slots), tf.gather(tokens, existingSlots(slots) as tf.Tensor1D), tf.reshape(ids, [-1])),
    ids.shape,
  );

/** Clean ids [B, L], int32, with the student's draws in place of soft rows. */
export const hardIds = ({ ids, soft }: CleanTokens | LazyCleanTokens): Tensor =>
  soft ? placeTokens(ids, soft.slots, soft.drawn) : ids;

/** Clean tokens as rows of the simplex at flat positions [N], [N, V]: one-hot where hard; gradients reach soft rows. */
export function simplexAt({ ids, soft }: CleanTokens, positions: Tensor, vocabSize: number): Tensor {
  const hard = oneHotRows(tokensAt(ids, positions), vocabSize);
  if (!soft) return hard;
  const slots = tokensAt(soft.slots, positions);
  const given = tf.gather(soft.probs, existingSlots(slots));
  return tf.where(tf.expandDims(hasSlot(slots), 1), given, hard);
}

/** Clean tokens at flat positions: ids [N] where all are hard, else rows of the simplex [N, V]. */
export const cleanAt = (clean: CleanTokens, positions: Tensor, vocabSize: number): Tensor =>
  clean.soft ? simplexAt(clean, positions, vocabSize) : tokensAt(clean.ids, positions);
