import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engine';
import { plainEngine } from '../plain-engine';
import { correctRunningAxis } from './running-axis';

/** tfjs advises to install tfjs-node when its plain backend is first used, which here is chosen knowingly. */
export function silenceAdvice(): void {
  Object.assign(tf.engine().findBackend('cpu'), { firstUse: false });
}

/**
 * Selects tfjs's plain JavaScript backend: float32 on one thread, numbers of which are what others are compared with.
 * @param reason what `reason` of the engine says
 */
export async function openCpu(reason = 'plain JavaScript was asked for'): Promise<Engine> {
  correctRunningAxis('cpu');
  await tf.setBackend('cpu');
  silenceAdvice();
  return plainEngine('cpu', reason);
}
