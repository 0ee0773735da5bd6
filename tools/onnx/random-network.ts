import { type NetworkDescription, type Parameters, randomStream } from '@idlm/core-diffusion';
import { type DitConfig, dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { logLinear } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { ExportedNetwork } from '@idlm/onnx';

/** The numbers of parameters on the device by their names. */
const readFrom =
  (parameters: Parameters): ExportedNetwork['read'] =>
  async (name) =>
    (await parameters[name]!.data()) as Float32Array;

/** A small transformer whose every weight matters, as it is exported and as the engine runs it. */
export function randomNetwork(changes: Partial<DitConfig> = {}) {
  const config: DitConfig = {
    ...{ hidden: 64, blocks: 2, heads: 2, cond: 8, length: 24, vocabSize: 28, timeConditioned: false },
    ...changes,
  };
  const initial = initialParameters(config, randomStream(1));
  const parameters = Object.fromEntries(
    Object.entries(initial).map(([name, value], i) => [
      name,
      tf.add(value, tf.randomNormal(value.shape, 0, 0.1, 'float32', i + 1)),
    ]),
  );
  tf.dispose(initial);
  const denoiser = dit(config);
  const network: NetworkDescription = denoiser.describe();
  const schedule = logLinear();
  return {
    config,
    exported: { network, read: readFrom(parameters) },
    schedule,
    engine: hostDenoiser({ denoiser, parameters, schedule }),
    dispose: () => tf.dispose(parameters),
  };
}

/** Rows of random tokens and some of their positions. */
export const request = ({
  vocabSize,
  length = 20,
  rows = 3,
}: {
  vocabSize: number;
  length?: number;
  rows?: number;
}) => ({
  tokens: randomStream(4).integers(rows * length, vocabSize),
  length,
  t: 0.4,
  positions: Int32Array.from({ length: rows * length }, (_, i) => i).filter((i) => i % 7 < 3),
});

/** The largest difference of two lists of numbers of the same length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
