import type { Parameters } from '@idlm/core-diffusion';
import type { Metrics } from '../tasks/task';

/** What a check of the result found. */
export interface GuardCheck {
  /**
   * `keep`: these weights are good, and are the result unless later ones are. `wait`: not yet, which counts for nothing.
   * `fail`: they went astray.
   */
  readonly verdict: 'keep' | 'wait' | 'fail';
  /**
   * A finite number, the lower the better, where checks compete: `keep` then means that the weights may be kept, and is a
   * failure unless the score is below that of the weights kept so far.
   */
  readonly score?: number;
  /** Numbers to log, such as `guard/pairs`. */
  readonly metrics: Metrics;
  /** What is to be told at once, in sentences, whatever the verdict. */
  readonly alarms?: readonly string[];
  /** What was wrong, as a clause, such as `pairs at 1.8 of the limit`. */
  readonly reason?: string;
}

/** Watches the result while it is trained. What makes it good, the trainer does not know. */
export interface Guard {
  /** Updates between two checks. */
  readonly every: number;
  /** Failed checks in a row that end the run; Infinity where none do. */
  readonly patience: number;
  /** What the score of a check is, in words, such as `held-out loss`. */
  readonly scored?: string;
  /** Judges the result's average after `step` updates; pure, so that a resumed run finds the same. */
  check(parameters: Parameters, step: number, signal?: AbortSignal): Promise<GuardCheck>;
}

/** When a guard looks, and when it ends a run. */
export type GuardTimes = Pick<Guard, 'every' | 'patience'>;

/** How a guarded run ended. */
export interface GuardOutcome {
  /** Ended by the guard, before its last update. */
  readonly stopped: boolean;
  /** Updates of the weights that were kept as the result; absent when no check was good, and the last weights are it. */
  readonly kept?: number;
}
