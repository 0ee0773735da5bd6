import { logNormalCdf } from './normal';

/** Coefficients of the power series of the operator in μ: m_n = ∫ zⁿ φ Φ^{V−1} / n!, i_n = ∫ z^{n+1} φ Φ^{V−1} / n!. */
export interface OperatorSeries {
  readonly m: Float64Array;
  readonly i: Float64Array;
}

/**
 * The first `terms` coefficients for a vocabulary of V tokens. zⁿ/n! is built in logarithms, since zⁿ alone overflows.
 * Source: Duo repository, series form of the transformation operator.
 */
export function operatorSeries(vocabSize: number, terms = 150): OperatorSeries {
  const step = 1 / 80;
  const m = new Float64Array(terms);
  const i = new Float64Array(terms);
  // φ(z) zⁿ peaks at √n and Φ^{V−1} moves it right by at most a few units.
  const far = Math.sqrt(terms) + 14;
  for (let z = -far; z <= far; z += step) {
    if (z === 0) continue;
    const log = -0.5 * z * z - 0.5 * Math.log(2 * Math.PI) + (vocabSize - 1) * logNormalCdf(z);
    const size = Math.log(Math.abs(z));
    let logFactorial = 0;
    for (let n = 0; n < terms; n++) {
      if (n > 1) logFactorial += Math.log(n);
      const value = step * Math.exp(log + n * size - logFactorial) * (z < 0 && n % 2 ? -1 : 1);
      m[n]! += value;
      i[n]! += value * z;
    }
  }
  return { m, i };
}

/**
 * α(γ) and dα/dγ from the series, α = V/(V−1) (e^{−μ²/2} Σ μⁿ m_n − 1/V), with μ = e^{−γ/2}.
 * Accurate while μ²/2 is well below the number of terms.
 */
export function seriesOperator(
  vocabSize: number,
  series: OperatorSeries,
): (gamma: number) => { alpha: number; dAlphaDGamma: number } {
  const scale = vocabSize / (vocabSize - 1);
  return (gamma) => {
    const mean = Math.exp(-gamma / 2);
    let power = Math.exp((-mean * mean) / 2);
    let keep = 0;
    let slope = 0;
    series.m.forEach((coefficient, n) => {
      keep += power * coefficient;
      slope += power * (series.i[n]! - mean * coefficient);
      power *= mean;
    });
    return { alpha: scale * (keep - 1 / vocabSize), dAlphaDGamma: scale * slope * (-mean / 2) };
  };
}
