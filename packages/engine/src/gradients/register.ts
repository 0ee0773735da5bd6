import { correctCumsumGradient } from './cumsum';
import { correctGatherGradient } from './gather';

let registered: Promise<void> | undefined;

async function register(): Promise<void> {
  // package.json maps the name: to a file of the build, in browsers to tfjs-core's gradients. It exports nothing, and declarations
  // are built before it is there.
  await import('#tfjs-registrations' as string);
  correctCumsumGradient();
  correctGatherGradient();
}

/**
 * Registers the gradients of all ops with tfjs, right ones where its own are wrong (`cumsum` unless along the last axis, `gather` with
 * batch dimensions), and in Node also the methods of tensors, as `x.add(y)`. `openEngine` does so; who opens a backend by another entry
 * needs it before anything is differentiated. Done once per process; later calls wait for the first.
 * @example
 * ```ts
 * import { registerGradients } from '@idlm/engine/gradients';
 * import { openWasm } from '@idlm/engine/wasm';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await openWasm();
 * await registerGradients();
 * const weighted = (x: tf.Tensor) => tf.sum(tf.mul(tf.cumsum(x), tf.tensor1d([1, 10, 100])));
 * console.log(tf.grad(weighted)(tf.ones([3])).dataSync().join(' ')); // → 111 110 100
 * ```
 */
export const registerGradients = (): Promise<void> => (registered ??= register());
