import type { Categorical } from '../src/sampler';

/**
 * The references' categorical draw from stored uniforms: argmax_j p_j / (1e-10 − ln(u_j + 1e-10)), ties to the lowest
 * index.
 * @param uniforms [B·L·V]
 */
export const exponentialRace =
  (uniforms: ArrayLike<number>): Categorical =>
  (weights, _random, position) => {
    const score = (v: number) => weights[v]! / (1e-10 - Math.log(uniforms[position * weights.length + v]! + 1e-10));
    let best = 0;
    for (let v = 1; v < weights.length; v++) if (score(v) > score(best)) best = v;
    return best;
  };
