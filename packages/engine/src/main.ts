import * as tf from '@tensorflow/tfjs-core';
import { useNativeBackend } from './native/kernels/backend';
import { openBinding } from './native/tensorflow/binding';

/**
 * Run by the installer as a process of its own: opens a native engine, multiplies two matrices, prints what it is as a line of JSON,
 * `{ version, devices }`. One thread is enough, and starts soonest.
 * @param argv paths of the library, of tfjs-node's JavaScript, and on GPUs of CUDA's libraries
 * @throws Error, which ends the process with 1, if the library cannot be loaded or multiplies wrongly
 */
async function main([library, kernels, cuda]: string[]): Promise<void> {
  const open = openBinding(library!, { threads: 1, cuda });
  await useNativeBackend(open, kernels!);
  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
  const numbers = Array.from(product.dataSync()).join();
  if (numbers !== '19,22,43,50') throw new Error(`a product of matrices came out as ${numbers}`);
  console.log(JSON.stringify({ version: open.version, devices: open.devices }));
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
