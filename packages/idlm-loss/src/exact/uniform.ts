import type { PathLoss } from './objective';
import { gaussLegendre } from './quadrature';
import { type Space, strideOf } from './space';

/** What the network of a uniform process is taken to know of a position's clean token. */
export type UniformDenoiser =
  /** P(x_i | z without its i-th token): what minimises the loss. */
  | 'leave-one-out'
  /** P(x_i | z): the plain posterior, which does not. */
  | 'posterior';

/** How the loss of the uniform process is computed. */
export interface UniformOptions {
  /** Nodes of the rule over α (default 60). */
  readonly nodes?: number;
  /** Default `'leave-one-out'`. */
  readonly denoiser?: UniformDenoiser;
}

/** values, with position `at` mixed by the kernel α·1 + (1 − α)/V: Σ_{x_at} k(z_at | x_at) values(x). The kernel is symmetric. */
function mix(space: Space, values: Float64Array, at: number, alpha: number): Float64Array {
  const { vocabSize, size, length, tokens } = space;
  const stride = strideOf(space, at);
  const out = new Float64Array(size);
  for (let first = 0; first < size; first++) {
    if (tokens[first * length + at] !== 0) continue;
    let sum = 0;
    for (let v = 0; v < vocabSize; v++) sum += values[first + v * stride]!;
    const spread = ((1 - alpha) / vocabSize) * sum;
    for (let v = 0; v < vocabSize; v++) out[first + v * stride] = alpha * values[first + v * stride]! + spread;
  }
  return out;
}

/** values with every position but one mixed. */
function mixOthers(space: Space, values: Float64Array, but: number, alpha: number): Float64Array {
  let mixed = values;
  for (let l = 0; l < space.length; l++) if (l !== but) mixed = mix(space, mixed, l, alpha);
  return mixed;
}

/**
 * −(1/Vα)·bracket of the UDLM bound for clean token x and noisy token z, at α′ = −1.
 * @param mixture V α f + 1 − α of the network's prediction f [V]
 */
function tokenLoss(mixture: Float64Array, clean: number, noisy: number, alpha: number): number {
  const size = mixture.length;
  const [signal, miss] = [size * alpha + 1 - alpha, 1 - alpha];
  const ratio = miss / signal;
  const at = Math.log(mixture[noisy]!);
  const spread = mixture.reduce((sum, value) => sum + Math.log(value) - at, 0);
  const bracket =
    clean === noisy
      ? size * (1 / signal - 1 / mixture[noisy]!) + ratio * spread - (size - 1) * ratio * Math.log(ratio)
      : size * (1 / miss - 1 / mixture[noisy]!) +
        spread +
        ((size * alpha) / miss) * (Math.log(mixture[clean]!) - at) +
        Math.log(ratio) / ratio;
  return -bracket / (size * alpha);
}

/** V α f + 1 − α of the prediction that the weights of a position's clean token make, [V]. */
function mixtureOf(weights: Float64Array, noisy: number, alpha: number, denoiser: UniformDenoiser): Float64Array {
  const size = weights.length;
  const likelihood = (v: number) => (v === noisy ? alpha : 0) + (1 - alpha) / size;
  const known = denoiser === 'posterior' ? weights.map((weight, v) => weight * likelihood(v)) : weights;
  const total = known.reduce((a, b) => a + b, 0);
  return known.map((value) => (size * alpha * value) / total + 1 - alpha);
}

/**
 * Expected loss over z_i of position i, for each context of the others (in the digits but i of the index) and clean token
 * (in digit i), [size].
 */
function positionLoss(space: Space, joint: Float64Array, at: number, alpha: number, denoiser: UniformDenoiser) {
  const { vocabSize, size, length, tokens } = space;
  const stride = strideOf(space, at);
  const out = new Float64Array(size);
  for (let first = 0; first < size; first++) {
    if (tokens[first * length + at] !== 0) continue;
    const weights = Float64Array.from({ length: vocabSize }, (_, v) => joint[first + v * stride]!);
    for (let noisy = 0; noisy < vocabSize; noisy++) {
      const mixture = mixtureOf(weights, noisy, alpha, denoiser);
      for (let clean = 0; clean < vocabSize; clean++) {
        const chance = (clean === noisy ? alpha : 0) + (1 - alpha) / vocabSize;
        out[first + clean * stride]! += chance * tokenLoss(mixture, clean, noisy, alpha);
      }
    }
  }
  return out;
}

/**
 * The expected loss of each clean sequence in the uniform process, ∫ E Σ_i loss_i dt with α = 1 − t, under the optimal network
 * of p. The kernel factorises over positions, so nothing of size V^2L is made: O(L² V^{L+1}) per node.
 * The integrand has a logarithm at both ends; α = s²(3 − 2s) takes it away.
 * Source: UDLM (arXiv 2412.10193), equation 14.
 */
export function uniformPathLoss({ nodes = 60, denoiser = 'leave-one-out' }: UniformOptions = {}): PathLoss {
  const rule = gaussLegendre(nodes);
  return (space, p) => {
    const out = new Float64Array(space.size);
    rule.nodes.forEach((s, n) => {
      const alpha = s * s * (3 - 2 * s);
      const weight = rule.weights[n]! * 6 * s * (1 - s);
      for (let l = 0; l < space.length; l++) {
        // P(x_l = v, the others' noisy tokens): digit l is the clean token, the others are noisy ones.
        const joint = mixOthers(space, p, l, alpha);
        const expected = mixOthers(space, positionLoss(space, joint, l, alpha, denoiser), l, alpha);
        for (let x = 0; x < space.size; x++) out[x]! += weight * expected[x]!;
      }
    });
    return out;
  };
}
