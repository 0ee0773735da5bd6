import { InputError } from '../errors';
import type { ForwardProcess, Unmasking } from './process';

/** A token is unmasked by α_s with the share of remaining noise that is removed until then. */
const unmasking: Unmasking = {
  chance: (alphaS, alphaT) => (alphaS - alphaT) / (1 - alphaT),
  alpha: (stays, alphaT) => 1 - (1 - alphaT) * stays,
};

/**
 * The absorbing process: a token is kept with probability α, else replaced by the mask.
 * @param options.vocabSize entries of a row, the mask included
 * @param options.maskId id of the mask, anywhere in 0 … vocabSize − 1
 * @throws InputError if there is no token but the mask, or the mask is not in the vocabulary
 * Source: D3PM (arXiv 2107.03006), MDLM (arXiv 2406.07524), equations 3 and 5.
 */
export function absorbing({
  vocabSize,
  maskId,
}: {
  readonly vocabSize: number;
  readonly maskId: number;
}): ForwardProcess {
  if (!(Number.isInteger(vocabSize) && vocabSize >= 2))
    throw new InputError(`The absorbing process needs at least one token and the mask; ${vocabSize} ids were given.`);
  if (!(Number.isInteger(maskId) && maskId >= 0 && maskId < vocabSize)) {
    throw new InputError(`The mask id must be one of the ${vocabSize} ids from 0; ${maskId} was given.`);
  }
  return {
    spec: { name: 'absorbing', options: { vocabSize, maskId } },
    kind: 'absorbing',
    vocabSize,
    maskId,
    unmasking,
    prior: (batch, length) => new Int32Array(batch * length).fill(maskId),
    transition(clean, alpha, out) {
      out.fill(0);
      out[maskId] = 1 - alpha;
      out[clean]! += alpha;
    },
    isOpen: (token) => token === maskId,
    posterior(current, clean, alphaS, alphaT, out) {
      out.fill(0);
      if (current !== maskId) {
        out[current] = 1;
        return;
      }
      const chance = unmasking.chance(alphaS, alphaT);
      for (let j = 0; j < vocabSize; j++) out[j] = clean[j]! * chance;
      out[maskId] = (1 - alphaS) / (1 - alphaT);
    },
    // Q(y, m) = 1 and S_y = α x_θ,y/(1 − α), so that α cancels: finite where no signal is left.
    cleanToRates(clean, current, { alpha, dAlpha }) {
      const rate = -dAlpha / (1 - alpha);
      for (let v = 0; v < vocabSize; v++) clean[v]! *= rate;
      clean[current] = 0;
    },
    scoresToRates(scores, _current, dSigma) {
      for (let v = 0; v < vocabSize; v++) scores[v]! *= dSigma;
    },
    scoresToStep(scores, current, noise) {
      const growth = Math.expm1(noise);
      let others = 0;
      for (let v = 0; v < vocabSize; v++) {
        others += scores[v]!;
        scores[v]! *= growth;
      }
      scores[current] = Math.max(0, 1 - growth * others);
    },
  };
}
