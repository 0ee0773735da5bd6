import * as tf from '@tensorflow/tfjs';

/** Opens the engine that `IDLM_ENGINE` names for a test file (WASM by default). */
export async function useBackend(): Promise<string> {
  await tf.setBackend(process.env['IDLM_ENGINE'] ?? 'cpu');
  await tf.ready();
  return tf.getBackend();
}
