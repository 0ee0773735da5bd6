import { type TokenBatch, randomStream } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { type LikelihoodSummary, nelboPerplexity } from '@idlm/evaluation';
import type { Contestant, EvaluationContext } from './evaluate';

/** Rows of a batch of the bound, and batches at most. */
const [ROWS, BATCHES] = [32, 16];

/** Whole batches of held-out windows; one smaller batch if there are too few. */
function batchesOf({ ids, batch, length }: TokenBatch): TokenBatch[] {
  const rows = Math.min(ROWS, batch);
  const count = Math.min(BATCHES, Math.floor(batch / rows));
  return Array.from({ length: count }, (_, b) => ({
    ids: ids.slice(b * rows * length, (b + 1) * rows * length),
    batch: rows,
    length,
  }));
}

/** The bound on −ln p of held-out text per token under each contestant, with its standard error. */
export async function likelihoodBounds(
  { config, engine, corpus }: Pick<EvaluationContext, 'config' | 'engine' | 'corpus'>,
  contestants: readonly Contestant[],
): Promise<Record<string, LikelihoodSummary & { readonly standardError: number }>> {
  const bounds: Record<string, LikelihoodSummary & { readonly standardError: number }> = {};
  for (const { name, family, network, parameters } of contestants) {
    bounds[name] = await nelboPerplexity({
      family,
      denoiser: dit(network),
      parameters,
      batches: batchesOf(corpus.heldOut),
      random: randomStream(config.evaluation.seed).split('likelihood'),
      draws: 4,
      compile: engine.compile,
    });
  }
  return bounds;
}
