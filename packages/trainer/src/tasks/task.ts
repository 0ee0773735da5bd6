import type { Spec } from '@idlm/core-diffusion';
import type { NetworkState } from '../networks/network-state';
import type { RefuseStep, StepReport } from '../steps/step';

/** Numbers of one update to log, such as `teacher/loss`. */
export type Metrics = Readonly<Record<string, number>>;

/** Something to train: an update at a time, each a pure function of the networks, the seed and the update's number. */
export interface Task {
  /** What it trains, for files and messages, such as `teacher`. */
  readonly name: string;
  /** Role whose average is the result. */
  readonly result: string;
  /** Tokens that one update reads. */
  readonly tokensPerUpdate: number;
  /** How each network is optimised, by role; networks that are only replaced have none. */
  readonly optimizers: Readonly<Record<string, Spec>>;
  /** The networks under training, by role; the task owns them. */
  networks(): Readonly<Record<string, NetworkState>>;
  /** Puts restored networks in place and owns them; the old ones are freed. */
  restore(networks: Readonly<Record<string, NetworkState>>): void;
  /**
   * Makes update k = 0, 1, …
   * @param refuse asked before a step is applied to any of the networks
   * @param measured whether the update is logged, so that numbers which take time are to be among the metrics (default: not)
   * @throws NonFiniteStep, and RefusedStep where `refuse` says why, before the network at fault is changed
   */
  update(k: number, refuse?: RefuseStep, measured?: boolean): Promise<Metrics>;
  dispose(): void;
}

/** A step's report as metrics of one role. */
export const metricsOf = (role: string, { loss, gradientNorm, updateRatio, rate, stats }: StepReport): Metrics => ({
  [`${role}/loss`]: loss,
  ...Object.fromEntries(Object.entries(stats).map(([name, value]) => [`${role}/${name}`, value])),
  [`${role}/gradient-norm`]: gradientNorm,
  ...(updateRatio === undefined ? {} : { [`${role}/update-ratio`]: updateRatio }),
  [`${role}/rate`]: rate,
});
