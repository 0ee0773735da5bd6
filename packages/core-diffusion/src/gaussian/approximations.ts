/** α(t) and α′(t) of a uniform process that follows a Gaussian one. */
export interface OperatorApproximation {
  alpha(t: number): number;
  dAlpha(t: number): number;
}

/**
 * α(t) = Σ a_i tⁱ: the Duo repository's polynomial stand-in for the operator over a fixed range of γ.
 * @param coefficients a_0, a_1, …
 */
export const polynomialOperator = (coefficients: ArrayLike<number>): OperatorApproximation => ({
  alpha: (t) => Array.from(coefficients).reduceRight((sum, a) => sum * t + a, 0),
  dAlpha: (t) => Array.from(coefficients).reduce((sum, a, i) => (i ? sum + i * a * t ** (i - 1) : sum), 0),
});

/**
 * α(t) = a S(t) + d with S = (tanh(b t + c) + 1)/2, the Duo repository's sigmoid stand-in.
 * @param derivative `'exact'` is 2 a b S (1 − S); `'reference'` lacks the factor 2, as the repository does
 */
export function sigmoidOperator(
  [a, b, c, d]: readonly [number, number, number, number],
  derivative: 'exact' | 'reference' = 'exact',
): OperatorApproximation {
  const share = (t: number) => (Math.tanh(b * t + c) + 1) / 2;
  return {
    alpha: (t) => a * share(t) + d,
    dAlpha: (t) => (derivative === 'exact' ? 2 : 1) * a * b * share(t) * (1 - share(t)),
  };
}
