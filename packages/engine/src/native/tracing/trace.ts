import type { TensorFunction } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../kernels/load-kernels';
import type { TensorMetadata } from '../tensorflow/types';
import { fuser } from './fuse';
import { type RecorderOptions, recorder } from './recorder';

/** How a function is traced. */
export interface TraceOptions extends RecorderOptions {
  /** What `kernel` of `@idlm/core-diffusion` runs becomes one kernel, which XLA compiles. */
  readonly fuse?: boolean;
}

/** A traced function as it is registered with TensorFlow. */
export interface Traced {
  readonly name: string;
  readonly results: readonly Omit<TensorMetadata, 'id'>[];
}

let serial = 0;

/**
 * Runs `fn` on stand-ins for the inputs, which have their types and shapes but no numbers, records the ops that it asks
 * for, and registers the record as a TensorFlow function.
 * @throws InputError for what cannot be traced
 */
export function trace(
  backend: NativeBackend,
  fn: TensorFunction,
  given: readonly Tensor[],
  options: TraceOptions = {},
): Traced {
  const { binding } = backend;
  const graph = binding.openGraph();
  const outer = recorder(binding, graph, options);
  const { insert, valueOf, recording } = outer;
  backend.binding = recording;
  if (options.fuse) backend.fuse = fuser(backend, outer, graph);
  try {
    return tf.tidy(() => {
      const inputs = given.map(({ dtype, shape }, i) => {
        const argument = graph.argument(backend.getDTypeInteger(dtype), shape);
        return backend.createOutputTensor(insert(argument, `input ${i}`));
      });
      const valuesOf = (tensors: Tensor[]) => backend.getInputTensorIds(tensors).map(valueOf);
      const [taken, results] = [valuesOf(inputs), valuesOf(fn([...inputs]))];
      const name = `idlm_traced_${serial++}`;
      graph.register(name, taken, results);
      return { name, results: results.map(({ dtype, shape }) => ({ dtype, shape: [...shape] })) };
    });
  } finally {
    backend.binding = binding;
    backend.fuse = undefined;
    graph.dispose();
  }
}
