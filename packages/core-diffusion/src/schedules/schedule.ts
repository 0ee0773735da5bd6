import type { Spec } from '../spec';

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
}
