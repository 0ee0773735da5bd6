import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineName } from './engine';
import { runPlainly } from '@idlm/core-diffusion';

/**
 * An engine of one thread that compiles nothing: tfjs's own WASM or plain JavaScript backend. Its `compile` runs the function inside
 * `tf.tidy`, op by op, in float32.
 */
export const plainEngine = (name: EngineName, reason: string): Engine => ({
  name,
  reason,
  version: `tfjs ${tf.version_core}`,
  devices: ['CPU'],
  threads: 1,
  compiling: 'off',
  precision: 'float32',
  compile: runPlainly,
});
