import { countAtOnce } from '@idlm/core-diffusion';
import type { EngineName } from '@idlm/engine';
import { type SamplingMemory, estimateSampling } from '../sampling/memory-estimate';
import { samplingWork } from '../sampling/sampling-work';
import type { EvaluationSize, SizedModel } from './evaluation-size';
import { BOUND_ROWS } from './likelihood';

/** Logits up to which a bound computes all at once, those of a part beyond, and the numbers that it holds of each. */
const [MANY_LOGITS, PART_LOGITS, KEPT] = [2 ** 25, 3 * 2 ** 20, 5];

/** Bytes of the logits of a bound, with what the loss makes of them. */
function boundLogits({ network, bounded }: SizedModel, length: number): number {
  const { vocabSize } = network.config;
  const all = Math.min(BOUND_ROWS, countAtOnce(length * vocabSize)) * length * bounded * vocabSize;
  return 4 * KEPT * (all > MANY_LOGITS ? PART_LOGITS : all);
}

/** Estimates the memory of an evaluation from its sizes alone, the text aside: nothing is opened or loaded. */
export function estimateEvaluation(
  { models, scorer, length }: EvaluationSize,
  { runtime, workers }: { readonly runtime: EngineName; readonly workers?: number },
): SamplingMemory {
  const networks = [...models.map(({ network }) => network), ...(scorer ? [scorer] : [])];
  const sampled = models
    .flatMap(({ texts }) => texts)
    .map((texts) => estimateSampling({ ...samplingWork(texts), runtime, networks, length, workers }));
  const most = (values: readonly number[]) => Math.max(...values);
  return {
    ...sampled[0]!,
    activations: most(sampled.map(({ activations }) => activations)),
    logits: most([...sampled.map(({ logits }) => logits), ...models.map((model) => boundLogits(model, length))]),
  };
}
