import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from './engine';
import { findNative } from './install/locations';
import { type Processor, thisProcessor } from './processor';

/** What `idlm engine info` prints. */
export interface EngineDescription extends Omit<Engine, 'compile' | 'inPlace' | 'onDevice'> {
  readonly processor: Processor;
  /** Measured rate of products of 512 × 512 matrices, in 10⁹ operations a second: see `measureMatMul`. */
  readonly gigaflops: number;
  /** The native engine that is present, whether or not it is the one that is open. */
  readonly native?: { readonly path: string; readonly origin: string };
}

const SIZE = 512;
/** Long enough that a clock of milliseconds and other work on the machine count little. */
const MILLISECONDS = 200;

/**
 * Rate of float32 matrix products on the selected backend, in 10⁹ multiplications and additions per second: 2 · 512³ of them over the
 * best time of several rounds, since other work on the machine can only slow one. Takes about a fifth of a second.
 */
export function measureMatMul(): number {
  const [a, b] = [tf.fill([SIZE, SIZE], 0.5), tf.fill([SIZE, SIZE], 0.25)];
  let best = Infinity;
  const round = () => {
    const started = performance.now();
    // Reading one number back waits for a device that computes on its own.
    tf.tidy(() => tf.slice(tf.matMul(a, b), [0, 0], [1, 1]).dataSync());
    return performance.now() - started;
  };
  round();
  for (let spent = 0; spent < MILLISECONDS;) {
    const time = round();
    best = Math.min(best, time);
    spent += time;
  }
  tf.dispose([a, b]);
  return (2 * SIZE ** 3) / best / 1e6;
}

/**
 * What an engine is, why it was chosen, and how fast it multiplies, which takes about a fifth of a second to measure.
 * @param engine the one in use, since the selected backend is measured
 * @example
 * ```ts
 * import { describeEngine, openEngine } from '@idlm/engine';
 *
 * const { name, reason, threads, gigaflops } = describeEngine(await openEngine({ prefer: 'wasm' }));
 * console.log(name, threads, gigaflops > 0); // → wasm 1 true
 * console.log(reason); // → WASM was asked for
 * ```
 */
export function describeEngine(engine: Engine): EngineDescription {
  const { compile: _compile, inPlace: _inPlace, onDevice: _onDevice, ...facts } = engine;
  const native = findNative();
  return {
    ...facts,
    processor: thisProcessor(),
    gigaflops: measureMatMul(),
    native: native && { path: native.path, origin: native.origin },
  };
}
