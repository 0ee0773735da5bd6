import { countAtOnce } from '@idlm/core-diffusion';
import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import { denoisers } from '@idlm/denoiser';
import {
  type MeasuredBound,
  type TextBatch,
  type TextWeight,
  autoregressiveScorer,
  measuredLikelihood,
  nelboPerplexity,
  weighRows,
  selectRows,
} from '@idlm/evaluation';
import type { Baseline } from '../models/baseline';
import { madeByRanks } from '../sampling/made-by-ranks';
import { BASELINE, type EvaluatedModel } from './evaluated-model';
import type { EvaluationContext } from './evaluate';
import { countedBytes, measuresOf } from './measures';

/** Rows of a batch of the bound, and batches at most. */
export const [BOUND_ROWS, BOUND_BATCHES] = [32, 16];

/** Draws of time and noise for each row of the bound. */
export const BOUND_DRAWS = 4;

/** The batches of the bound: smaller and more where their logits are many, of which a loss holds several copies. */
function boundBatches(heldOut: TextBatch, vocabSize: number): TextBatch[] {
  const rows = Math.min(BOUND_ROWS, countAtOnce(heldOut.length * vocabSize));
  return batchesOf(heldOut, rows, Math.floor((BOUND_ROWS * BOUND_BATCHES) / rows));
}

/** At most `most` whole batches of held-out windows; one smaller batch if there are too few. */
export function batchesOf(text: TextBatch, size: number, most: number): TextBatch[] {
  const { batch } = text;
  const rows = Math.min(size, batch);
  const count = Math.min(most, Math.floor(batch / rows));
  return Array.from({ length: count }, (_, b) =>
    selectRows(
      text,
      Array.from({ length: rows }, (_row, i) => b * rows + i),
    ),
  );
}

/** What bounds are measured on, and by which processes: each measures some batches (default: this one alone all of them). */
type LikelihoodContext = Pick<EvaluationContext, 'streams' | 'engine' | 'corpus'> & { readonly ranks?: Communicator };

/** −ln p of the same text per token under the baseline, but for what is given and, where nothing is, the first token of a row. */
async function baselineLikelihood(
  { engine, corpus, ranks = oneRank }: LikelihoodContext,
  { network, parameters }: Baseline,
): Promise<MeasuredBound> {
  const scorer = autoregressiveScorer({ denoiser: denoisers.create(network), parameters, compile: engine.compile });
  const measures = measuresOf(corpus);
  const batches = boundBatches(corpus.takeHeldOut(BOUND_ROWS * BOUND_BATCHES), network.config.vocabSize);
  try {
    const rows = await madeByRanks(ranks, batches.length, async ({ first, end }) => {
      const own: TextWeight[] = [];
      for (const tokens of batches.slice(first, end))
        own.push(...weighRows(await scorer.score(tokens), tokens, measures));
      return own;
    });
    const found = measuredLikelihood(rows);
    return { ...found, standardError: found.error };
  } finally {
    scorer.dispose();
  }
}

/** The bound on −ln p of held-out text per token under each model, with its standard error; exact for the baseline. */
export async function likelihoodBounds(
  context: LikelihoodContext,
  evaluated: readonly EvaluatedModel[],
  baseline?: Baseline,
): Promise<Record<string, MeasuredBound>> {
  const { streams, engine, corpus, ranks = oneRank } = context;
  const bytes = countedBytes(corpus);
  const bounds: Record<string, MeasuredBound> = {};
  for (const { name, family, network, parameters } of evaluated) {
    bounds[name] = await nelboPerplexity({
      family,
      denoiser: denoisers.create(network),
      parameters,
      batches: boundBatches(corpus.takeHeldOut(BOUND_ROWS * BOUND_BATCHES), network.config.vocabSize),
      random: streams.evaluation('likelihood'),
      draws: BOUND_DRAWS,
      bytes,
      compile: engine.compile,
      together: (count, make) => madeByRanks(ranks, count, make),
    });
  }
  if (baseline) bounds[BASELINE] = await baselineLikelihood(context, baseline);
  return bounds;
}
