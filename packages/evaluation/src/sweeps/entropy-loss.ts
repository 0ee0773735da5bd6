import type { Sample } from '@idlm/samplers';
import { mean, standardError, unigramEntropy } from '../metrics/entropy';

/** What a sampler that changes the law takes of the diversity of texts. */
export interface EntropyLoss {
  /** Mean entropy of a text by the reference less that by the sampler, in nats: above 0 where texts repeat themselves more. */
  readonly nats: number;
  /** Its standard error: texts are compared in pairs that draw from one stream. */
  readonly error: number;
  /** The sampler that keeps to the law, on the same grid, with the same changes of logits. */
  readonly reference: string;
}

/** The loss of entropy from reference texts to others, row by row. @param valid marks tokens that are not given */
export function entropyLoss(
  reference: string,
  [kept, changed]: readonly [Sample, Sample],
  valid?: Uint8Array,
): EntropyLoss {
  const [before, after] = [kept, changed].map(({ tokens, batch, length }) =>
    unigramEntropy({ ids: tokens, batch, length, ...(valid ? { valid } : {}) }),
  );
  const losses = before!.map((entropy, i) => entropy - after![i]!);
  return { nats: mean(losses), error: standardError(losses), reference };
}
