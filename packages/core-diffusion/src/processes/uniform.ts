import { InputError } from '../errors';
import type { ForwardProcess } from './process';

/**
 * The uniform process: a token is kept with probability α, else replaced by any token, itself included.
 * @param options.vocabSize V ≥ 2
 * @throws InputError if V < 2
 * Source: UDLM (arXiv 2412.10193), equation 12; Duo (arXiv 2506.10892), equation 5.
 */
export function uniform({ vocabSize }: { readonly vocabSize: number }): ForwardProcess {
  if (!(Number.isInteger(vocabSize) && vocabSize >= 2))
    throw new InputError(`The uniform process needs at least 2 tokens; ${vocabSize} was given.`);
  return {
    spec: { name: 'uniform', options: { vocabSize } },
    kind: 'uniform',
    vocabSize,
    prior: (batch, length, random) => random.integers(batch * length, vocabSize),
    transition(clean, alpha, out) {
      out.fill((1 - alpha) / vocabSize);
      out[clean]! += alpha;
    },
    isOpen: () => true,
    posterior(current, clean, alphaS, alphaT, out) {
      const step = alphaT / alphaS;
      const total = vocabSize * alphaT * clean[current]! + 1 - alphaT;
      if (total === 0) return out.set(clean);
      const floor = ((1 - step) * (1 - alphaS)) / vocabSize;
      for (let j = 0; j < vocabSize; j++) out[j] = ((alphaS - alphaT) * clean[j]! + floor) / total;
      out[current]! += (vocabSize * alphaT * clean[current]! + step - alphaT) / total;
    },
    // Q(y, z) = 1/V and S_y = x̄_y/x̄_z with x̄ = V α x_θ + 1 − α, which the NELBO of udlm, duo and d3pm fits to the score: x_θ
    // there is the law of a token given the others only. For a network whose x_θ is the law given its own noisy token too, the
    // score would be the mean of q(y | x_0)/q(x_t | x_0) over x_θ; none of the families' losses has its least value there.
    cleanToRates(clean, current, { alpha, dAlpha }) {
      const own = vocabSize * alpha * clean[current]! + 1 - alpha;
      const rate = -dAlpha / (alpha * vocabSize * own);
      for (let v = 0; v < vocabSize; v++) clean[v] = rate * (vocabSize * alpha * clean[v]! + 1 - alpha);
      clean[current] = 0;
    },
    scoresToRates(scores, _current, dSigma) {
      const rate = dSigma / vocabSize;
      for (let v = 0; v < vocabSize; v++) scores[v]! *= rate;
    },
    scoresToStep(scores, current, noise) {
      scores[current] = 1;
      let total = 0;
      for (let v = 0; v < vocabSize; v++) total += scores[v]!;
      const [growth, moves] = [Math.exp(noise), -Math.expm1(-noise) / vocabSize];
      const spread = (Math.expm1(noise) * total) / vocabSize;
      for (let v = 0; v < vocabSize; v++) {
        const transition = v === current ? moves + 1 / growth : moves;
        scores[v] = Math.max(0, growth * scores[v]! - spread) * transition;
      }
    },
  };
}
