import type { Spec } from '../spec';

/** Times drawn so that the absorbing NELBO's weight σ′/(e^σ − 1) = −α′/(1 − α) becomes a constant. */
export interface ImportanceTimes {
  /** The time that stands for an evenly drawn t: ln(1 − e^{−σ}) is linear in t. */
  time(t: number): number;
  /** The constant > 0 that replaces the weight. */
  readonly weight: number;
}

/** A noise schedule in host numbers (t has only B entries). t ∈ [0, 1], 1 is all noise. */
export interface NoiseSchedule {
  readonly spec: Spec;
  /** Share of signal kept, P(token unchanged), decreasing in t. */
  alpha(t: number): number;
  /** dα/dt < 0, the true derivative. */
  dAlpha(t: number): number;
  /** The t at which `alpha(t)` is the given value. */
  inverse(alpha: number): number;
  /** Total noise σ = −ln α. */
  sigma(t: number): number;
  /** Rate dσ/dt = −α′/α. */
  dSigma(t: number): number;
  /** Importance sampling of time. Absent where the weight has no finite integral, or nobody has worked it out. */
  readonly importance?: ImportanceTimes;
}
