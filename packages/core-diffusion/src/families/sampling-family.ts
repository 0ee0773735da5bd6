import type { ForwardProcess } from '../processes/process';
import type { NoiseSchedule } from '../schedules/schedule';
import type { Spec } from '../spec';

/**
 * What sampling needs of a family: schedule + process + how what the network says of a position becomes probabilities. Host numbers
 * alone, so that no tensor library stands behind it; `Family` adds the training half.
 */
export interface SamplingFamily {
  readonly spec: Spec;
  readonly schedule: NoiseSchedule;
  readonly process: ForwardProcess;
  /**
   * The logits of a slot, [V], at noisy token `current` and time t to log-probabilities log x_θ (in place, float64), SUBS included:
   * at an unmasked position of an absorbing process they are one-hot.
   */
  slotToLogProbs(logits: Float64Array, current: number, t: number): void;
  /**
   * For score samplers of score models: the logits of a slot, [V], to log-scores ln q(y)/q(x_t) of every token y in this place (in
   * place, float64); 0 at `current`. Absent where the network predicts clean tokens.
   */
  slotToLogScores?(logits: Float64Array, current: number, t: number): void;
}
