import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The divergences between the predictions of a teacher and a student, by name. */
export const DIVERGENCES = ['kl-forward', 'kl-backward', 'mean-square'] as const;

/** `kl-forward` is KL(teacher ‖ student), `kl-backward` KL(student ‖ teacher), `mean-square` Σ_v (p_v − q_v)². */
export type Divergence = (typeof DIVERGENCES)[number];

/**
 * Σ_v p_v (ln p_v − ln q_v) of each row, [N]. Entries that stand for −∞ in both give 0 · (−10⁶ + 10⁶), which is 0; one
 * that does in q alone would give 10⁶.
 */
const kullbackLeibler = (logP: Tensor, logQ: Tensor): Tensor => tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), 1);

/**
 * The divergence of two networks' predictions at each position, [N], ≥ 0 and 0 where they agree.
 * @param teacher log-probabilities [N, V], constant
 * @param student log-probabilities [N, V]
 */
export function divergenceOf(teacher: Tensor, student: Tensor, divergence: Divergence): Tensor {
  if (divergence === 'mean-square') return tf.sum(tf.square(tf.sub(tf.exp(teacher), tf.exp(student))), 1);
  return divergence === 'kl-forward' ? kullbackLeibler(teacher, student) : kullbackLeibler(student, teacher);
}
