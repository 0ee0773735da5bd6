import { InputError } from '../errors';
import { logNormalCdf, normalDensity } from './normal';

/** Signal and noise of the Gaussian latent w = α̃ one(x0) + σ̃ ε at log noise-to-signal ratio γ; α̃² + σ̃² = 1. */
export interface GaussianLevel {
  /** α̃ = √sigmoid(−γ). */
  readonly signal: number;
  /** σ̃ = √sigmoid(γ). */
  readonly noise: number;
}

/** α̃ and σ̃ at γ (Duo, section 3). */
export const gaussianLevel = (gamma: number): GaussianLevel => ({
  signal: Math.sqrt(1 / (1 + Math.exp(gamma))),
  noise: Math.sqrt(1 / (1 + Math.exp(-gamma))),
});

/** The discrete signal level that the argmax of the latent has, and its slope. */
export interface OperatorValue {
  /** P(argmax w = x0). */
  readonly keep: number;
  /** T(α̃) = (V·keep − 1)/(V − 1), the α of the uniform process. */
  readonly alpha: number;
  /** dα/dγ, exact. */
  readonly dAlphaDGamma: number;
  /** dα/dα̃, exact. */
  readonly dAlphaDSignal: number;
}

/** Abscissae and ln Φ^{V−1} there; the weight function of every integral of one vocabulary. */
interface Rule {
  readonly points: Float64Array;
  readonly logPower: Float64Array;
  readonly step: number;
}

/**
 * The trapezoid rule converges faster than any power for these entire, Gaussian-decaying integrands. The sharpest scale is
 * that of Φ^{V−1}, about 1/√(2 ln V); a fortieth of a standard deviation resolves it to float64 up to V = 10⁷.
 */
function rule(vocabSize: number, from: number, to: number): Rule {
  const step = 1 / 40;
  const count = Math.ceil((to - from) / step) + 1;
  const points = Float64Array.from({ length: count }, (_, i) => from + i * step);
  return { points, step, logPower: points.map((x) => (vocabSize - 1) * logNormalCdf(x)) };
}

/** ∫ (x − μ)^k φ(x − μ) Φ(x)^{V−1} dx for k = 0, 1. */
function moments({ points, logPower, step }: Rule, mean: number): [zeroth: number, first: number] {
  let zeroth = 0;
  let first = 0;
  points.forEach((x, i) => {
    const value = normalDensity(x - mean) * Math.exp(logPower[i]!);
    zeroth += value;
    first += (x - mean) * value;
  });
  return [zeroth * step, first * step];
}

/**
 * The γ at which the operator is `alpha`, by bisection to 1e-12.
 * @param alpha in (0, 1)
 * @throws InputError if no γ in [−20, 20] has it
 */
export function gammaForAlpha(vocabSize: number, alpha: number): number {
  const operator = gaussianToUniform(vocabSize);
  let [low, high] = [-20, 20];
  if (!(alpha < operator(low).alpha && alpha > operator(high).alpha))
    throw new InputError(`No gamma in [-20, 20] has an alpha of ${alpha} with ${vocabSize} tokens.`);
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (operator(middle).alpha > alpha) low = middle;
    else high = middle;
  }
  return low;
}

/** The operator of one vocabulary. */
function makeOperator(vocabSize: number): (gamma: number) => OperatorValue {
  const standard = rule(vocabSize, -12, 28);
  return (gamma) => {
    if (!(gamma >= -20 && gamma <= 20)) throw new InputError(`gamma must lie in [-20, 20]; ${gamma} was given.`);
    const { signal } = gaussianLevel(gamma);
    const mean = Math.exp(-gamma / 2);
    const [keep, first] = moments(mean < 16 ? standard : rule(vocabSize, mean - 12, mean + 12), mean);
    const scale = vocabSize / (vocabSize - 1);
    const dAlphaDGamma = scale * (-mean / 2) * first;
    return {
      keep,
      alpha: scale * (keep - 1 / vocabSize),
      dAlphaDGamma,
      dAlphaDSignal: dAlphaDGamma / ((-signal * (1 - signal * signal)) / 2),
    };
  };
}

/** The operators made so far, by vocabulary. */
const operators = new Map<number, (gamma: number) => OperatorValue>();

/**
 * The diffusion transformation operator T from Gaussian to uniform discrete diffusion, by quadrature:
 * P(argmax w = x0) = ∫ φ(x − μ) Φ(x)^{V−1} dx with μ = α̃/σ̃ = e^{−γ/2}, and α = (V P − 1)/(V − 1).
 * No table is needed: one value costs about 1600 multiplications, and what depends on V alone is kept for the next call.
 * @param vocabSize V ≥ 2
 * @returns the operator as a function of γ ∈ [−20, 20]
 * @throws InputError if V < 2 or γ is out of range
 * Source: Duo (arXiv 2506.10892), equation 10.
 */
export function gaussianToUniform(vocabSize: number): (gamma: number) => OperatorValue {
  if (!Number.isInteger(vocabSize) || vocabSize < 2) {
    throw new InputError(
      `The diffusion transformation needs a vocabulary of at least 2 tokens; ${vocabSize} was given.`,
    );
  }
  const found = operators.get(vocabSize) ?? makeOperator(vocabSize);
  operators.set(vocabSize, found);
  return found;
}
