/** The curriculum of the relaxation's temperature. Steps count optimizer updates. */
export interface TemperatureCurriculum {
  readonly start: number;
  readonly end: number;
  /** log₁₀ of the temperature until `start`. */
  readonly logStart: number;
  /** log₁₀ of the temperature when `end` is reached. */
  readonly logEnd: number;
}

/**
 * 1/τ, which multiplies the Gaussian latent before the softmax: log₁₀ τ is constant, then linear in the step; from the
 * curriculum's end on it is −10, which makes the softmax an argmax.
 * Source: Duo repository, `_compute_gumbel_tau_inverse`.
 */
export function inverseTemperature({ start, end, logStart, logEnd }: TemperatureCurriculum, step: number): number {
  if (step < start) return 10 ** -logStart;
  if (step >= end) return 1e10;
  return 10 ** -(logStart + ((logEnd - logStart) * (step - start)) / (end - start));
}
