import { type ForwardProcess, categorical } from '@idlm/core-diffusion/sampling';

/**
 * A process from outside: a token is kept with probability α, else drawn from the law `noise`, the mask among its outcomes. In
 * Q, a token leaves at rate 1 and arrives by that law. Source: GIDD (arXiv 2503.04482), with a constant mixing law.
 */
export function mixture(noise: readonly number[], maskId: number): ForwardProcess {
  const vocabSize = noise.length;
  const marginal = (clean: ArrayLike<number>, v: number, alpha: number) => alpha * clean[v]! + (1 - alpha) * noise[v]!;
  return {
    spec: { name: 'mixture', options: { noise, maskId } },
    kind: 'mixture',
    vocabSize,
    maskId,
    prior: (batch, length, random) => Int32Array.from({ length: batch * length }, () => categorical(noise, random)),
    transition(clean, alpha, out) {
      out.set(noise.map((p) => (1 - alpha) * p));
      out[clean]! += alpha;
    },
    isOpen: () => true,
    posterior(current, clean, alphaS, alphaT, out) {
      const [step, total] = [alphaT / alphaS, marginal(clean, current, alphaT)];
      if (total === 0) return out.set(clean);
      for (let v = 0; v < vocabSize; v++)
        out[v] = ((Number(v === current) * step + (1 - step) * noise[current]!) * marginal(clean, v, alphaS)) / total;
    },
    cleanToRates(clean, current, { alpha, dAlpha }) {
      const rate = ((-dAlpha / alpha) * noise[current]!) / marginal(clean, current, alpha);
      for (let v = 0; v < vocabSize; v++) clean[v] = rate * marginal(clean, v, alpha);
      clean[current] = 0;
    },
    scoresToRates(scores, current, dSigma) {
      for (let v = 0; v < vocabSize; v++) scores[v]! *= dSigma * noise[current]!;
    },
    scoresToStep(scores, current, removed) {
      scores[current] = 1;
      const total = scores.reduce((sum, score) => sum + score);
      for (let v = 0; v < vocabSize; v++) {
        const staggered = Math.exp(removed) * scores[v]! - Math.expm1(removed) * noise[v]! * total;
        const transition = Number(v === current) * Math.exp(-removed) - Math.expm1(-removed) * noise[current]!;
        scores[v] = Math.max(0, staggered) * transition;
      }
    },
  };
}
