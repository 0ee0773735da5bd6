import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { InputError } from '../errors';
import type { Call, WasmBackend } from './backend';

/** What we use of tfjs's plain JavaScript backend. */
interface CpuBackend extends KernelBackend {
  makeTensorInfo(shape: readonly number[], dtype: DataType, values: tf.backend_util.TypedArray): TensorInfo;
}

type Results = TensorInfo | TensorInfo[];

/** Each of a list or of one alone, in the same form. */
const each = <From, To>(given: From | From[], fn: (one: From) => To): To | To[] =>
  Array.isArray(given) ? given.map(fn) : fn(given);

/** Inputs by name, where one may be missing or a list; `einsum` gives a list instead. */
function copies(inputs: Call['inputs'], copied: (tensor: TensorInfo) => TensorInfo): Call['inputs'] {
  const copyAll = (given: Results | undefined) => given && each(given, copied);
  const entries = Object.entries(inputs as Record<string, Results | undefined>);
  const made = entries.map(([name, given]) => [name, copyAll(given)] as const);
  return (Array.isArray(inputs) ? made.map(([, copy]) => copy) : Object.fromEntries(made)) as Call['inputs'];
}

function refuseComplex(kernelName: string, tensors: Results): void {
  if ([tensors].flat().every(({ dtype }) => dtype !== 'complex64')) return;
  throw new InputError(
    `${kernelName} computes with complex numbers, which the WASM engine does not hold; choose native or cpu.`,
  );
}

/**
 * A call of a WASM kernel as tfjs's plain JavaScript computes it: slower, for calls that tfjs's WASM backend lacks or gets wrong.
 * @throws InputError for complex numbers
 */
export function onCpu(kernelName: string, { inputs, attrs, backend }: Call): Results {
  const wasm = backend as WasmBackend;
  const cpu = tf.engine().findBackend('cpu') as CpuBackend;
  const made: TensorInfo[] = [];
  const copied = (tensor: TensorInfo): TensorInfo => {
    refuseComplex(kernelName, tensor);
    const copy = cpu.makeTensorInfo(tensor.shape, tensor.dtype, wasm.readSync(tensor.dataId) as never);
    made.push(copy);
    return copy;
  };
  try {
    const kernel = tf.getKernel(kernelName, 'cpu').kernelFunc;
    const results = kernel({ inputs: copies(inputs, copied), attrs: attrs!, backend: cpu });
    made.push(...[results].flat());
    refuseComplex(kernelName, results);
    return each(results, ({ dataId, shape, dtype }) => {
      // A copy: a result may share its numbers with others.
      const values = cpu.readSync(dataId).slice() as tf.backend_util.TypedArray;
      return { dataId: wasm.write(values, shape, dtype), shape, dtype };
    });
  } finally {
    made.forEach(({ dataId }) => cpu.disposeData(dataId));
  }
}

/**
 * Registers the kernels that only tfjs's plain JavaScript has; which of them a network calls, nobody can know. Each call copies its
 * inputs out of WASM's memory and its results back.
 */
export function registerMissing(): void {
  const present = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
  for (const { kernelName } of tf.getKernelsForBackend('cpu'))
    if (!present.has(kernelName))
      tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: (call) => onCpu(kernelName, call) });
}
