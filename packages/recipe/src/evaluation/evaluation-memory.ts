import { FEW_LOGITS, LOGITS_OF_PART, countAtOnce } from '@idlm/core-diffusion';
import type { EngineName } from '@idlm/engine';
import { type SamplingMemory, estimateSampling } from '../sampling/memory-estimate';
import { samplingWork } from '../sampling/sampling-work';
import type { EvaluationSize, SizedModel } from './evaluation-size';
import { BOUND_ROWS } from './likelihood';

/** Numbers that a bound holds of each logit. */
const KEPT = 5;

/** Bytes of the logits of a bound, with what the loss makes of them. */
function boundLogits({ network, bounded }: SizedModel, length: number): number {
  const { vocabSize } = network.config;
  const all = Math.min(BOUND_ROWS, countAtOnce(length * vocabSize)) * length * bounded * vocabSize;
  return 4 * KEPT * (all > FEW_LOGITS ? LOGITS_OF_PART : all);
}

/** Estimates the memory of an evaluation from its sizes alone, the text aside: nothing is opened or loaded. */
export function estimateEvaluation(
  { models, scorer, length }: EvaluationSize,
  { runtime, workers }: { readonly runtime: EngineName; readonly workers?: number },
): SamplingMemory {
  const networks = models.map(({ network }) => network);
  const sampled = models
    .flatMap(({ texts }) => texts)
    .map((texts) => estimateSampling({ ...samplingWork(texts), runtime, networks, judge: scorer, length, workers }));
  const most = (values: readonly number[]) => Math.max(...values);
  return {
    ...sampled[0]!,
    activations: most(sampled.map(({ activations }) => activations)),
    logits: most([...sampled.map(({ logits }) => logits), ...models.map((model) => boundLogits(model, length))]),
  };
}
