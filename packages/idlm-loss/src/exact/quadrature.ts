/** Nodes in (0, 1) and their weights, which sum to 1. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** The Legendre polynomial P_n and its derivative at x. */
function legendre(n: number, x: number): readonly [value: number, slope: number] {
  let [before, value] = [1, x];
  for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return [value, (n * (x * value - before)) / (x * x - 1)];
}

/**
 * The Gauss–Legendre rule of n nodes on (0, 1): exact for polynomials of degree 2n − 1.
 * @param n ≥ 2
 * Source: roots of P_n by Newton's method from Chebyshev's points (Abramowitz & Stegun 25.4.29).
 */
export function gaussLegendre(n: number): Quadrature {
  const [nodes, weights] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    for (let step = 0; step < 100; step++) {
      const [value, slope] = legendre(n, x);
      x -= value / slope;
      if (Math.abs(value / slope) < 1e-15) break;
    }
    const [, slope] = legendre(n, x);
    nodes[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
