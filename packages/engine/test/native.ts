import * as tf from '@tensorflow/tfjs-core';
import { isInstalled } from '../src/install/locations';
import type { NativeBackend } from '../src/native/kernels/load-kernels';
import { openEngine } from '../src/open';

/** `describe`, left out where the native engine is not installed. */
export const describeNative: jest.Describe = isInstalled() ? describe : describe.skip;

/** The backend of the native engine, which is selected. */
export async function nativeBackend(): Promise<NativeBackend> {
  await openEngine({ prefer: 'native' });
  return tf.backend() as NativeBackend;
}
