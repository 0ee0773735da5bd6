import { batchRowOf } from '../../flat-positions';
import type { MarkedBatch } from '../../noise/batch';
import type { Moves } from '../../noise/moves';
import type { Trajectory } from '../../noise/trajectory';
import type { TokenBatch } from '../../processes/process';
import type { RandomStream } from '../../random/stream';
import { intFeed } from '../../tensors/feeds';
import { type RowSignals, type UdlmNoise, udlmLevels } from '../udlm/noise';

/** What all states of one Gaussian trajectory share, per token [B·L]. */
export interface TrajectoryDraws {
  /** The clean token stands as long as this is below its chance to stand. */
  readonly threshold: ArrayLike<number>;
  /** The token that then takes its place, never the clean one. */
  readonly other: Int32Array;
}

/**
 * The draws of Duo's trajectories, two numbers a token where the latent has V: with one noise ε at all times, argmax(α̃ one(x_0)
 * + σ̃ ε) is x_0 while α̃/σ̃ > max_{v≠x_0} ε_v − ε_{x_0}, and from then on the v of that maximum. The difference crosses
 * α̃/σ̃ with the operator's probability, and every v is as likely; so one uniform and one token have the same law.
 */
export function drawTrajectory({ ids }: TokenBatch, vocabSize: number, random: RandomStream): TrajectoryDraws {
  const threshold = random.split('frailty').uniforms(ids.length);
  const other = random.split('other').integers(ids.length, vocabSize - 1);
  return { threshold, other: other.map((token, i) => token + Number(token >= ids[i]!)) };
}

/**
 * The state of a trajectory as moves of the uniform process.
 * @param standing chance of each batch row's clean tokens to stand, on the scale of `threshold`
 */
export function stateOf(
  { threshold, other }: TrajectoryDraws,
  standing: ArrayLike<number>,
  { length, valid }: MarkedBatch,
): Moves {
  const moved = Int32Array.from(threshold, (value, i) =>
    Number(!(value < standing[batchRowOf(i, length)]!) && valid[i] === 1),
  );
  return { moved: intFeed(moved), replacement: intFeed(other) };
}

/**
 * Duo's trajectories: the argmax of one Gaussian noise at all times, at the operator's levels.
 * @param signalsAt α and α′ of the uniform process that follows the Gaussian one
 * Source: Duo (arXiv 2506.10892), section 4.2.
 */
export const gaussianTrajectory =
  (vocabSize: number, signalsAt: (times: Float64Array) => RowSignals) =>
  (batch: MarkedBatch, random: RandomStream): Trajectory<UdlmNoise> => {
    const draws = drawTrajectory(batch, vocabSize, random);
    return (times) => {
      const signals = signalsAt(times);
      const standing = Array.from(signals.alpha, (value) => value + (1 - value) / vocabSize);
      return { ...udlmLevels(batch, signals, vocabSize), ...stateOf(draws, standing, batch) };
    };
  };
