import { existingSlots, hasSlot } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Rows [N, H] as [B, L, H], at their flat positions; anything elsewhere. @param slots int32 [B·L], −1 for none */
export const inPlace = (rows: Tensor, slots: Tensor, [batch, length]: readonly [number, number]): Tensor =>
  tf.reshape(tf.gather(rows, existingSlots(slots) as tf.Tensor1D), [batch, length, -1]);

/** 1 at flat positions that have a row, [B, L]. @param slots int32 [B·L], −1 for none */
export const chosenTokens = (slots: Tensor, shape: readonly [number, number]): Tensor =>
  tf.reshape(tf.cast(hasSlot(slots), 'float32'), [...shape]);
