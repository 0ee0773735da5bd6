const SQRT_PI = Math.sqrt(Math.PI);

/** e^{−x²} Σ_n 2ⁿ x^{2n+1} / (2n+1)!! · 2/√π: all terms positive, so nothing cancels. For 0 ≤ x < 2.5. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

/** The continued fraction of erfc from its tail up; 80 levels reach float64 from x = 2.5 on. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let k = 80; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (SQRT_PI * tail);
}

/**
 * Complementary error function, 2/√π ∫_x^∞ e^{−u²} du, to about 1e-15 absolute and 1e-12 relative.
 * Source: Abramowitz & Stegun 7.1.6 and 7.1.14.
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < 2.5 ? 1 - erfSeries(x) : erfcFraction(x);
}

/** Standard normal density φ(x). */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** ln Φ(x) of the standard normal, accurate in both tails (−x²/2 far below zero, −(1 − Φ) far above). */
export function logNormalCdf(x: number): number {
  const upper = 0.5 * erfc(Math.abs(x) / Math.SQRT2);
  if (x > 0) return Math.log1p(-upper);
  return upper > 0 ? Math.log(upper) : -0.5 * x * x - Math.log(-x * Math.sqrt(2 * Math.PI));
}

/** A rational start for the quantile, good to 4.5e-4: Abramowitz & Stegun 26.2.23, for q ≤ 1/2. */
function quantileStart(q: number): number {
  const t = Math.sqrt(-2 * Math.log(q));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/**
 * x with 1 − Φ(x) = q for q in (0, 1), to float64: the upper quantile keeps its digits where Φ is near 1.
 * Three Halley steps on ln(1 − Φ) from a rational start.
 */
export function upperNormalQuantile(q: number): number {
  if (q > 0.5) return -upperNormalQuantile(1 - q);
  let x = quantileStart(Math.max(q, Number.MIN_VALUE));
  for (let i = 0; i < 3; i++) {
    const hazard = Math.exp(Math.log(normalDensity(x)) - logNormalCdf(-x));
    const error = logNormalCdf(-x) - Math.log(q);
    const step = error / hazard;
    x += step / (1 - 0.5 * step * (hazard - x));
  }
  return x;
}
