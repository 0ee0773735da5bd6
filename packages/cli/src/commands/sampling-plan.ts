import { parameterCount } from '@idlm/denoiser';
import type { NetworkDescription } from '@idlm/core-diffusion';
import {
  type SampledTexts,
  type SamplingMemory,
  type SamplingSize,
  estimateSampling,
  samplingWork,
} from '@idlm/recipe/sampling';
import { countedSteps } from '../sentences/steps';
import { bytes, short } from '../terminal';
import { describeTime } from './plan';

/** What writing texts would do, before anything is done. */
export interface SamplingPlan {
  readonly texts: number;
  /** Tokens of each. */
  readonly length: number;
  /** Steps of each; absent from left to right. */
  readonly steps?: number;
  /** Name of the sampler; absent from left to right. */
  readonly sampler?: string;
  /** Of each network. */
  readonly parameters: readonly number[];
  /** Calls of the network, at most. */
  readonly calls: number;
  /** Network evaluations of single rows (NFE), at most. */
  readonly evaluations: number;
  readonly evaluationsPerText: number;
  /** What would run the network. */
  readonly runtime: SamplingSize['runtime'];
  /** Estimated bytes of the process at its peak, and what takes them. */
  readonly memory: number;
  readonly memoryParts: SamplingMemory;
  /** Estimated floating-point operations in all: 2 per parameter and token of each evaluation. */
  readonly operations: number;
}

/** What is planned. */
export interface PlannedSampling extends SampledTexts, Pick<SamplingSize, 'runtime' | 'workers'> {
  /** The network that guidance leads away from, where another model is. */
  readonly unconditional?: NetworkDescription;
  /** Evaluations that one step of a text takes: two where guidance asks twice (default 1). */
  readonly asks?: number;
}

/** All parts together. */
export const samplingMemoryInAll = ({ process, networks, activations, logits }: SamplingMemory): number =>
  process + networks + activations + logits;

/** The memory of a plan, in words. */
export const describeSamplingMemory = (runtime: SamplingSize['runtime'], parts: SamplingMemory): string =>
  `memory: about ${bytes(samplingMemoryInAll(parts))} at its peak on ${runtime === 'onnx' ? 'ONNX Runtime' : runtime}: ${[
    `${bytes(parts.process)} of the process`,
    `${bytes(parts.networks)} of weights`,
    `${bytes(parts.activations + parts.logits)} of activations and logits`,
  ].join(', ')}`;

/** Estimates what texts take. */
export function planSampling(planned: PlannedSampling): SamplingPlan {
  const { network, unconditional, sampler, count, length, steps, runtime, workers, asks = 1 } = planned;
  const { rows, positions, calls, evaluations, evaluationsPerText } = samplingWork(planned);
  const networks = [network, ...(unconditional ? [unconditional] : [])];
  const memoryParts = estimateSampling({ runtime, networks, rows, length, positions, workers });
  const parameters = networks.map(parameterCount);
  return {
    ...{ texts: count, length, parameters, runtime, memoryParts },
    ...(sampler ? { steps, sampler: sampler.spec.name } : {}),
    ...{ calls: asks * calls, evaluations: asks * evaluations, evaluationsPerText: asks * evaluationsPerText },
    memory: samplingMemoryInAll(memoryParts),
    operations: 2 * asks * evaluations * length * Math.max(...parameters),
  };
}

/** A plan in words. */
export function describeSamplingPlan(plan: SamplingPlan): string {
  const { texts, length, steps, sampler, parameters, runtime, memoryParts, operations } = plan;
  const how = sampler === undefined ? 'from left to right' : `at ${countedSteps(steps!)}, with the sampler ${sampler}`;
  return [
    `writing ${texts} ${texts === 1 ? 'text' : 'texts'} of ${length} tokens ${how}`,
    `parameters: ${parameters.map(short).join(' and ')}`,
    `calls of the network: at most ${plan.calls}; evaluations (NFE): at most ${plan.evaluations}, ${plan.evaluationsPerText} of each text`,
    describeSamplingMemory(runtime, memoryParts),
    describeTime(operations),
  ].join('\n');
}
