import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Which way a divergence between teacher and student is taken. */
export const DIRECTIONS = ['forward', 'backward'] as const;

/** `'forward'` is KL(teacher ‖ student), `'backward'` KL(student ‖ teacher). */
export type Direction = (typeof DIRECTIONS)[number];

/** Σ_v p_v (ln p_v − ln q_v) of each row, [N]; 0 where p is 0. */
function kullbackLeibler(logP: Tensor, logQ: Tensor): Tensor {
  const p = tf.exp(logP);
  // Entries that stand for −∞ in both would give 0 · (−10⁶ + 10⁶), which is 0, and in one of them 0 · 10⁶.
  return tf.sum(tf.mul(p, tf.sub(logP, logQ)), 1);
}

/**
 * The divergence of two networks' predictions at each position, [N].
 * @param teacher log-probabilities [N, V], constant
 * @param student log-probabilities [N, V]
 */
export const divergence = (teacher: Tensor, student: Tensor, direction: Direction): Tensor =>
  direction === 'forward' ? kullbackLeibler(teacher, student) : kullbackLeibler(student, teacher);
