import type { Family, RandomStream } from '@idlm/core-diffusion';
import {
  type PerplexityRatio,
  type TextBatch,
  mean,
  measuredLikelihood,
  nGramScorer,
  perplexityRatio,
  standardError,
  unigramEntropy,
  weighRows,
} from '@idlm/evaluation';
import { type Denoise, FREE, type Network, sampleAll } from '@idlm/samplers';
import type { Sampling } from '../resolved/sampling';

/** Two networks of one model, and how it is sampled. */
export interface ComparedNetworks {
  readonly own: Denoise | Network;
  readonly other: Denoise | Network;
  readonly family: Family;
  readonly sampling: Sampling;
  readonly timeConditioned: boolean;
  readonly length: number;
  /** What stands before every row, where something does. */
  readonly rowStart?: number;
  /** Samples of each network that are judged, two or more; as many of the first again are what n-grams are counted on. */
  readonly samples: number;
  readonly random: RandomStream;
}

/** What samples say of two networks. */
export interface SampleAgreement {
  readonly samples: number;
  /** Perplexity of each network's samples under n-grams counted on other samples of the first. */
  readonly perplexity: { readonly own: number; readonly other: number };
  /** That of the second relative to that of the first, and what so many samples can tell of it. */
  readonly ratio: PerplexityRatio;
  /** Mean entropy of a sample, in nats. */
  readonly entropy: { readonly own: number; readonly other: number };
  /** What the second loses of it, sample by sample with the same noise, and its standard error. */
  readonly entropyLost: { readonly nats: number; readonly error: number };
}

/** Samples of a network. */
async function drawn(compared: ComparedNetworks, denoise: Denoise | Network, random: RandomStream): Promise<TextBatch> {
  const { family, sampling, timeConditioned, length, rowStart, samples: batch } = compared;
  const { sampler, shape, maxRows, grid } = sampling;
  const clamp = rowStart === undefined ? undefined : new Int32Array(batch * length).fill(FREE);
  if (clamp) for (let row = 0; row < batch; row++) clamp[row * length] = rowStart!;
  const environment = { denoise, family, timeConditioned, random, shape, clamp };
  const { tokens } = await sampleAll({ sampler, environment, batch, length, grid: grid(), maxRows });
  return { ids: tokens, batch, length };
}

/**
 * Judges samples of a network by those of another that should be the same, such as one with rounded weights: by n-grams counted on
 * other samples, and by entropy. Both draw from one noise, so that they differ where the networks do.
 */
export async function compareSamples(compared: ComparedNetworks): Promise<SampleAgreement> {
  const { own, other, family, random, samples } = compared;
  const counted = await drawn(compared, own, random.split('counted'));
  const noise = random.split('judged');
  const texts = [await drawn(compared, own, noise), await drawn(compared, other, noise)];
  const scorer = nGramScorer(counted.ids, { vocabSize: family.process.vocabSize, rowLength: counted.length });
  const judged = await Promise.all(
    texts.map(async (batch) =>
      // Tokens are compared here, whatever they are as text: each counts as a byte.
      measuredLikelihood(weighRows(await scorer.score(batch), batch, { decode: () => '', bytes: (ids) => ids.length })),
    ),
  );
  const measured = judged.map((likelihood) => ({
    perplexity: { samples: likelihood.perplexity },
    likelihood: { samples: likelihood },
  }));
  const [before, after] = texts.map((batch) => unigramEntropy(batch));
  const lost = before!.map((entropy, i) => entropy - after![i]!);
  return {
    samples,
    perplexity: { own: judged[0]!.perplexity, other: judged[1]!.perplexity },
    ratio: perplexityRatio(measured[1]!, measured[0]!, 'samples'),
    entropy: { own: mean(before!), other: mean(after!) },
    entropyLost: { nats: mean(lost), error: standardError(lost) },
  };
}
