import type { Tensor } from '@tensorflow/tfjs-core';
import type { CompileOptions, Compiled, TensorFunction } from '@idlm/core-diffusion';
import { CALLS_AT_ONCE } from '../tensorflow/executors';
import type { NativeBackend } from '../kernels/load-kernels';
import { signature } from './signature';
import { type TraceOptions, type Traced, trace } from './trace';
import { TYPES } from '../tensorflow/types';

/** How functions are compiled. */
export interface NativeCompileOptions extends TraceOptions, CompileOptions {
  /** XLA compiles the function as a whole (default false), which takes seconds for each list of shapes. */
  readonly xla?: boolean;
}

/** Traces kept per function; more lists of shapes than this means that shapes do not repeat. */
export const CAPACITY = 64;

/**
 * `fn` as one TensorFlow function per list of input shapes, traced at the first call with each. The least recently used
 * trace is dropped beyond `CAPACITY`, with one warning.
 * @param backend the native one, which must be in use when the function is first called with a list of shapes
 * @param fn is called while it is traced alone; numbers that it captures stay as they were then
 * @returns a function whose calls return at once; results are yet to come, and the caller disposes of them
 * @throws InputError at a call, for what cannot be traced; TensorFlow's errors come to light when a result is read
 */
export function compileNative(
  backend: NativeBackend,
  fn: TensorFunction,
  { xla = false, sequential = false, ...options }: NativeCompileOptions = {},
): Compiled {
  const attributes = [
    ...(xla ? [{ name: '_XlaMustCompile', type: TYPES.TF_ATTR_BOOL, value: true }] : []),
    ...(sequential ? [{ name: 'executor_type', type: TYPES.TF_ATTR_STRING, value: 'SINGLE_THREADED_EXECUTOR' }] : []),
  ];
  const traces = new Map<string, Traced>();
  let warned = false;
  const makeRoom = () => {
    if (traces.size < CAPACITY) return;
    const [oldest, { name }] = traces.entries().next().value as [string, Traced];
    backend.binding.removeFunction(name);
    traces.delete(oldest);
    if (!warned)
      process.emitWarning(`a compiled function met more than ${CAPACITY} lists of shapes; pad its inputs to fewer`);
    warned = true;
  };
  const call = (inputs: Tensor[]): Tensor[] => {
    const key = signature(inputs);
    let traced = traces.get(key);
    if (!traced) {
      makeRoom();
      traced = trace(backend, fn, inputs, options);
    }
    traces.delete(key);
    traces.set(key, traced);
    return backend.binding
      .executeFunction(traced.name, attributes, backend.getInputTensorIds(inputs), traced.results)
      .map((result) => backend.createOutputTensor(result));
  };
  return Object.assign(call, {
    atOnce: CALLS_AT_ONCE,
    dispose() {
      for (const { name } of traces.values()) backend.binding.removeFunction(name);
      traces.clear();
    },
  });
}
