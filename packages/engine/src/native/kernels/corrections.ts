// Its kernels tell which ops there are.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { InputError } from '../../errors';

/**
 * Lets whole numbers, int32, round to themselves: TensorFlow's kernel (2.19.1) makes zeros of them. Floats are left to it; halves go to
 * the even number.
 * @throws Error where the backend has no kernels yet
 */
export function correctRounding(backendName: string): void {
  const { kernelFunc, ...config } = tf.getKernel('Round', backendName);
  const rounded: KernelFunc = (call) =>
    (call.inputs as { x: TensorInfo }).x.dtype === 'int32'
      ? tf.getKernel('Identity', backendName).kernelFunc(call)
      : kernelFunc(call);
  tf.unregisterKernel('Round', backendName);
  tf.registerKernel({ ...config, kernelFunc: rounded });
}

/**
 * Lets calls of kernels that tfjs-node lacks end in an InputError with the operation's name; within a traced function nothing else could
 * compute them. Which operations there are is told by the kernels of plain JavaScript.
 */
export function refuseMissing(backendName: string): void {
  const present = new Set(tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName));
  for (const { kernelName } of tf.getKernelsForBackend('cpu'))
    if (!present.has(kernelName))
      tf.registerKernel({
        kernelName,
        backendName,
        kernelFunc: () => {
          throw new InputError(`The native engine lacks the operation ${kernelName}; choose wasm or cpu.`);
        },
      });
}
