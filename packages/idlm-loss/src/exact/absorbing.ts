import type { Space } from './space';

/** ln Σ_v over the masked tokens of p, for every context of a mask: [size], by any state that has the context. */
function contextSums({ vocabSize, length, size, tokens }: Space, p: Float64Array, hidden: number): Float64Array {
  const sums = new Float64Array(size);
  const keys = new Int32Array(size);
  for (let x = 0; x < size; x++) {
    let key = 0;
    for (let l = 0; l < length; l++) key = key * vocabSize + (hidden & (1 << l) ? 0 : tokens[x * length + l]!);
    keys[x] = key;
    sums[key]! += p[x]!;
  }
  return Float64Array.from(keys, (key) => sums[key]!);
}

/**
 * ∫ α′/(1 − α) P(exactly these m of L tokens are masked at t) dt = ∫₀¹ u^{m−1} (1 − u)^{L−m} du = (m − 1)! (L − m)! / L!, with u = 1 − α
 * and so the same for every schedule.
 * @param masked m, from 1 to L
 */
export function maskWeight(masked: number, length: number): number {
  let weight = 1 / masked;
  for (let k = 1; k <= masked; k++) weight *= k / (length - masked + k);
  return weight;
}

/** How many positions a set holds, given as bits. */
export const bits = (mask: number): number => mask.toString(2).replaceAll('0', '').length;

/**
 * −∫ w(t) E Σ ln f(x_l | context) for each state x under the exact posterior of p as the denoiser f, [size]: the expected
 * diffusion loss that each clean sequence has under the optimal network of p:
 *
 *     loss(x) = −Σ_M w(|M|) Σ_{l ∈ M} ln p(x_l | x_{∉M}) over all sets M of masked positions
 *
 * w(|M|) is the chance that a random order has M behind l and at l, so that by the chain rule in every order it is −ln p(x): the bound
 * of masked diffusion is tight at its optimum, and what remains of the objective is a divergence (see `exactObjective`).
 * @param p strictly positive, sums to 1, [size]
 */
export function pathLoss(space: Space, p: Float64Array): Float64Array {
  const { length, size } = space;
  const out = new Float64Array(size);
  const sums = Array.from({ length: 1 << length }, (_, hidden) => contextSums(space, p, hidden));
  for (let hidden = 1; hidden < 1 << length; hidden++) {
    const weight = maskWeight(bits(hidden), length);
    for (let l = 0; l < length; l++) {
      if (!(hidden & (1 << l))) continue;
      // p(x_l | context) = p(context, x_l) / p(context); showing x_l takes it out of the mask.
      const [joint, context] = [sums[hidden & ~(1 << l)]!, sums[hidden]!];
      for (let x = 0; x < size; x++) out[x]! -= weight * Math.log(joint[x]! / context[x]!);
    }
  }
  return out;
}
