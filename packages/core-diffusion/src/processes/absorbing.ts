import { InputError } from '../errors';
import type { ForwardProcess } from './process';

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
    prior: (batch, length) => new Int32Array(batch * length).fill(maskId),
    corrupt: ({ ids, length }, alpha, random) =>
      ids.map((id, i) => (random.uniform() < 1 - alpha[Math.floor(i / length)]! ? maskId : id)),
    posterior(current, clean, alphaS, alphaT, out) {
      out.fill(0);
      if (current !== maskId) {
        out[current] = 1;
        return;
      }
      const reveal = (alphaS - alphaT) / (1 - alphaT);
      for (let j = 0; j < vocabSize; j++) out[j] = clean[j]! * reveal;
      out[maskId] = (1 - alphaS) / (1 - alphaT);
    },
  };
}
