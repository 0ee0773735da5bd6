import type { Tensor } from '@tensorflow/tfjs-core';

/** Types and shapes of tensors as one key, such as `float32[2,3] int32[]`: what a trace or a kernel is made for. */
export const signature = (inputs: readonly Tensor[]): string =>
  inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(' ');
