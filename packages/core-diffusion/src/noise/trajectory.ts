import type { RandomStream } from '../random/stream';
import type { MarkedBatch } from './batch';

/** States of one batch at any times t [B], as noise of hard tokens. */
export type Trajectory<Noise> = (times: Float64Array) => Noise;

/**
 * The trajectory of a family whose draws are compared with a level that grows with time: the same draws at each time nest the
 * earlier state in the later.
 */
export const nestedTrajectory =
  <Noise>(noise: (batch: MarkedBatch, times: Float64Array, random: RandomStream) => Noise) =>
  (batch: MarkedBatch, random: RandomStream): Trajectory<Noise> =>
  // A stream of the same name each time: the same draws.
  (times) =>
    noise(batch, times, random.split('noise'));
