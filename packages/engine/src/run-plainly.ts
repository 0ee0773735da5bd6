import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from './engine';

/** `compile` of engines that do not: the function itself, tidied. */
export const runPlainly: Engine['compile'] = (fn) =>
  Object.assign((inputs: tf.Tensor[]) => tf.tidy(() => fn(inputs)), { dispose() {}, atOnce: 1 });
