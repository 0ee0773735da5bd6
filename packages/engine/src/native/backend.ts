import * as tf from '@tensorflow/tfjs';
import type { OpenBinding } from './binding';
import { replaceGather } from './gather';
import { type NativeBackend, loadKernels } from './kernels';

/** The name under which tfjs-node's kernels are registered. */
export const NATIVE_BACKEND = 'tensorflow';

/**
 * Registers and selects the native backend.
 * @param kernels folder of tfjs-node's JavaScript
 */
export async function useNativeBackend({ binding }: OpenBinding, kernels: string): Promise<NativeBackend> {
  const Backend = loadKernels(kernels);
  replaceGather(NATIVE_BACKEND);
  tf.registerBackend(NATIVE_BACKEND, () => new Backend(binding, '@tensorflow/tfjs-node'));
  await tf.setBackend(NATIVE_BACKEND);
  return tf.backend() as NativeBackend;
}
