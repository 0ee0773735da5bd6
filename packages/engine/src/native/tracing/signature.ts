import type { Tensor } from '@tensorflow/tfjs-core';

/** Types and shapes of tensors as one key: what a trace or a kernel is made for. */
export const signature = (inputs: readonly Tensor[]): string =>
  inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(' ');
