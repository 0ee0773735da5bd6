import * as tf from '@tensorflow/tfjs-core';
import type { TensorFunction } from '@idlm/core-diffusion';
import type { Engine } from '../engine';
import { runPlainly } from '@idlm/core-diffusion';
import { startOfTraining, trainingStep } from './step';

/** What a training step of a small model takes, in milliseconds. */
export interface StepRate {
  readonly opByOp: number;
  /** Absent where functions are not compiled. */
  readonly compiled?: number;
}

const SIZES = { batch: 16, length: 64, width: 128, vocab: 64 };
const MILLISECONDS = 400;

function timed(step: TensorFunction, inputs: tf.Tensor[]): number {
  const started = performance.now();
  const results = step(inputs);
  // Reading the loss waits for a device that computes on its own.
  results[0]!.dataSync();
  const time = performance.now() - started;
  tf.dispose(results);
  return time;
}

/**
 * The best of several steps each way, taken in turns, since other work on the machine can only slow one. The step is of 16 rows of 64
 * tokens at a width of 128: small, so that what calling ops costs shows beside the arithmetic. The first of each way, which traces,
 * does not count. Takes about half a second.
 */
export function measureStep(engine: Engine): StepRate {
  const inputs = startOfTraining(SIZES);
  const compiled = engine.compile(trainingStep(SIZES));
  const ways = [runPlainly(trainingStep(SIZES)), ...(engine.compiling === 'off' ? [] : [compiled])];
  const best = ways.map(() => Infinity);
  ways.forEach((way) => timed(way, inputs));
  for (let spent = 0; spent < MILLISECONDS;) {
    const times = ways.map((way) => timed(way, inputs));
    times.forEach((time, i) => (best[i] = Math.min(best[i]!, time)));
    spent += times.reduce((a, b) => a + b);
  }
  tf.dispose(inputs);
  compiled.dispose();
  return { opByOp: best[0]!, compiled: best[1] };
}
