import { type TokenBatch, randomStream } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import {
  type LikelihoodSummary,
  autoregressiveScorer,
  mean,
  nelboPerplexity,
  standardError,
  summariseLikelihood,
} from '@idlm/evaluation';
import { BASELINE } from '../report/data';
import type { Baseline } from './baseline';
import type { Contestant, EvaluationContext } from './evaluate';
import { evaluationSeed } from './sampling';

/** Rows of a batch of the bound, and batches at most. */
const [ROWS, BATCHES] = [32, 16];

/** At most `most` whole batches of held-out windows; one smaller batch if there are too few. */
export function batchesOf({ ids, batch, length }: TokenBatch, size: number, most: number): TokenBatch[] {
  const rows = Math.min(size, batch);
  const count = Math.min(most, Math.floor(batch / rows));
  return Array.from({ length: count }, (_, b) => ({
    ids: ids.slice(b * rows * length, (b + 1) * rows * length),
    batch: rows,
    length,
  }));
}

/** A likelihood with its standard error. */
type Measured = LikelihoodSummary & { readonly standardError: number };

type LikelihoodContext = Pick<EvaluationContext, 'config' | 'engine' | 'corpus'>;

/** −ln p of the same text per token under the baseline, but for the first token of each row. */
async function baselineLikelihood(
  { engine, corpus }: LikelihoodContext,
  { network, parameters }: Baseline,
): Promise<Measured> {
  const scorer = autoregressiveScorer({ denoiser: dit(network), parameters, compile: engine.compile });
  const rows: number[] = [];
  try {
    for (const tokens of batchesOf(corpus.takeHeldOut(ROWS * BATCHES), ROWS, BATCHES)) {
      const scored = await scorer.score(tokens);
      const width = scored.length / tokens.batch;
      for (let row = 0; row < tokens.batch; row++) rows.push(mean(scored.subarray(row * width, (row + 1) * width)));
    }
  } finally {
    scorer.dispose();
  }
  return { ...summariseLikelihood(rows), standardError: standardError(rows) };
}

/** The bound on −ln p of held-out text per token under each contestant, with its standard error; exact for the baseline. */
export async function likelihoodBounds(
  context: LikelihoodContext,
  contestants: readonly Contestant[],
  baseline?: Baseline,
): Promise<Record<string, Measured>> {
  const { config, engine, corpus } = context;
  const bounds: Record<string, Measured> = {};
  for (const { name, family, network, parameters } of contestants) {
    bounds[name] = await nelboPerplexity({
      family,
      denoiser: dit(network),
      parameters,
      batches: batchesOf(corpus.takeHeldOut(ROWS * BATCHES), ROWS, BATCHES),
      random: randomStream(evaluationSeed(config)).split('likelihood'),
      draws: 4,
      compile: engine.compile,
    });
  }
  if (baseline) bounds[BASELINE] = await baselineLikelihood(context, baseline);
  return bounds;
}
