import { pickCategory, randomStream, upload } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../src/objective';
import type { ListedProblem } from './enumerated';
import { networksOf } from './problems';

/** How many gradients are drawn. */
export interface DrawOptions {
  readonly batches: number;
  /** Independent rows of each. */
  readonly batch: number;
  readonly seed: number;
}

/** Gradients of independent student steps in the student's table, [batches][table]; each a mean over the rows of a batch. */
export function drawGradients(
  objective: Objective,
  problem: ListedProblem,
  { batches, batch, seed }: DrawOptions,
): Float32Array[] {
  const { length, tokens } = problem.process.clean;
  const random = randomStream(seed);
  const networks = networksOf(problem);
  const one = (step: number): Float32Array =>
    tf.tidy(() => {
      const draws = random.split(step);
      const ids = new Int32Array(batch * length);
      draws.uniforms(batch).forEach((u, b) => {
        const state = pickCategory(problem.data, u);
        ids.set(tokens.subarray(state * length, (state + 1) * length), b * length);
      });
      const fed = upload(objective.studentFeeds({ ids, batch, length }, draws.split('step')));
      const loss = (table: tf.Tensor) =>
        objective.studentLoss({ ...networks, student: { table } }, fed).loss as tf.Scalar;
      return tf.grad(loss)(networks.student['table']!).dataSync() as Float32Array;
    });
  const gradients = Array.from({ length: batches }, (_, step) => one(step));
  tf.dispose(networks as never);
  return gradients;
}

/** Bias and variance of an estimator of a gradient, relative to the length of the truth. */
export interface Quality {
  /** Estimate of ‖E − truth‖²/‖truth‖² without bias of its own: may be below 0, and is 0 on average where E is the truth. */
  readonly squaredBias: number;
  /** Standard error of `squaredBias`. */
  readonly squaredBiasError: number;
  /** Trace of the covariance of one row's gradient/‖truth‖². */
  readonly variance: number;
  /** Cosine of the mean with the truth. */
  readonly cosine: number;
  /** ‖mean‖/‖truth‖. */
  readonly length: number;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/**
 * ‖E d‖² from independent draws d_i, by pairs of different ones: (‖Σ d_i‖² − Σ ‖d_i‖²)/(n(n − 1)), which is right on average.
 * Its standard error is the jackknife's.
 */
function squaredMean(draws: readonly Float64Array[]): { readonly value: number; readonly error: number } {
  const count = draws.length;
  const total = draws[0]!.map((_, i) => draws.reduce((sum, draw) => sum + draw[i]!, 0));
  const squares = draws.map((draw) => dot(draw, draw));
  const pairs = dot(total, total) - squares.reduce((a, b) => a + b, 0);
  const without = draws.map((draw, i) => (pairs - 2 * (dot(total, draw) - squares[i]!)) / ((count - 1) * (count - 2)));
  const centre = without.reduce((a, b) => a + b, 0) / count;
  const spread = without.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return { value: pairs / (count * (count - 1)), error: Math.sqrt(((count - 1) / count) * spread) };
}

/** Measures an estimator by the mean gradients of independent batches of `batch` rows against the truth. */
export function quality(gradients: readonly Float32Array[], truth: Float64Array, batch: number): Quality {
  const count = gradients.length;
  const norm = dot(truth, truth);
  const mean = truth.map((_, i) => gradients.reduce((sum, gradient) => sum + gradient[i]!, 0) / count);
  const { value, error } = squaredMean(gradients.map((gradient) => truth.map((of, i) => gradient[i]! - of)));
  const spread = gradients.reduce((sum, gradient) => sum + dot(gradient, gradient), 0) - count * dot(mean, mean);
  return {
    squaredBias: value / norm,
    squaredBiasError: error / norm,
    variance: (batch * spread) / (count - 1) / norm,
    cosine: dot(mean, truth) / Math.sqrt(dot(mean, mean) * norm),
    length: Math.sqrt(dot(mean, mean) / norm),
  };
}
