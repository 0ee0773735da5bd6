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
    corrupt: ({ ids, length }, alpha, random) =>
      ids.map((id, i) => {
        const replaced = random.uniform() < 1 - alpha[Math.floor(i / length)]!;
        const other = Math.floor(random.uniform() * vocabSize);
        return replaced ? other : id;
      }),
    posterior(current, clean, alphaS, alphaT, out) {
      const step = alphaT / alphaS;
      const total = vocabSize * alphaT * clean[current]! + 1 - alphaT;
      const floor = ((1 - step) * (1 - alphaS)) / vocabSize;
      for (let j = 0; j < vocabSize; j++) out[j] = ((alphaS - alphaT) * clean[j]! + floor) / total;
      out[current]! += (vocabSize * alphaT * clean[current]! + step - alphaT) / total;
    },
  };
}
