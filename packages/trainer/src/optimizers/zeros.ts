import type { Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** Zeros in the shapes of all weights, such as moments begin with: float32 tensors by the same names, which the caller frees. */
export const zerosFor = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, weight]) => [name, tf.zerosLike(weight)]));
