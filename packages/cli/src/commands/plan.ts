import { parameterCount } from '@idlm/denoiser';
import { type MemoryParts, type RunSize, estimateMemory, memoryInAll } from '../jobs/memory-estimate';
import { bytes, duration, short } from '../terminal';

/** What a run would do, before anything is done. */
export interface Plan {
  readonly what: string;
  readonly parameters: number;
  /** Networks that are trained, and those that are only run. */
  readonly trained: number;
  readonly frozen: number;
  readonly updates: number;
  readonly tokensPerUpdate: number;
  /** Estimated bytes of the process at its peak, and what takes them. */
  readonly memory: number;
  readonly memoryParts: MemoryParts;
  readonly engine: RunSize['engine'];
  /** Estimated floating-point operations in all: 6 per parameter and token trained, 2 per one only run. */
  readonly operations: number;
}

/** Estimates a run. @param steps training steps of an update */
export function planRun(what: string, run: RunSize & { readonly updates: number; readonly steps: number }): Plan {
  const { engine, network, trained, frozen, updates, batch, steps } = run;
  const parameters = parameterCount(network);
  const tokensPerUpdate = batch * network.config.length * steps;
  const memoryParts = estimateMemory(run);
  return {
    ...{ what, parameters, trained, frozen, updates, tokensPerUpdate, engine, memoryParts },
    memory: memoryInAll(memoryParts),
    operations: updates * tokensPerUpdate * parameters * (6 + 2 * (trained + frozen - 1)),
  };
}

const describeMemory = ({ process, networks, activations, logits, text }: MemoryParts): string =>
  [
    `${bytes(process)} of the process`,
    `${bytes(networks)} of weights, averages, moments and gradients`,
    `${bytes(activations + logits)} of activations and logits`,
    `${bytes(text)} of text`,
  ].join(', ');

/** A plan in words; time follows from a measured rate. */
export function describePlan(plan: Plan, gigaflops: number): string {
  const seconds = plan.operations / (gigaflops * 1e9 * 0.3);
  return [
    `${plan.what}: ${plan.updates} updates of ${short(plan.tokensPerUpdate)} tokens`,
    `parameters: ${short(plan.parameters)} per network, ${plan.trained} trained and ${plan.frozen} only run`,
    `memory: about ${bytes(plan.memory)} at its peak on ${plan.engine}: ${describeMemory(plan.memoryParts)}`,
    `time: about ${duration(60 * Math.ceil(seconds / 60))} at a third of the ${gigaflops.toFixed(0)} GFLOP/s measured here`,
  ].join('\n');
}
