import { type DitConfig, parameterCount } from '@idlm/denoiser';
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
  /** Estimated bytes: weights, moments and averages, and the activations of one batch. */
  readonly memory: number;
  /** Estimated floating-point operations in all: 6 per parameter and token trained, 2 per one only run. */
  readonly operations: number;
}

/** Estimates a run. Activations: about 16 floats per token, channel and block, and the scores of attention. */
export function planRun(
  what: string,
  network: DitConfig,
  run: { trained: number; frozen: number; updates: number; batch: number; steps: number },
): Plan {
  const parameters = parameterCount(network);
  const tokens = run.batch * network.length;
  const activations =
    4 *
    tokens *
    (16 * network.hidden * network.blocks +
      2 * network.heads * network.length * network.blocks +
      3 * network.vocabSize);
  return {
    what,
    parameters,
    trained: run.trained,
    frozen: run.frozen,
    updates: run.updates,
    tokensPerUpdate: tokens * run.steps,
    memory: 4 * parameters * (5 * run.trained + run.frozen) + activations,
    operations: run.updates * tokens * run.steps * parameters * (6 + 2 * (run.trained + run.frozen - 1)),
  };
}

/** A plan in words; time follows from a measured rate. */
export function describePlan(plan: Plan, gigaflops: number): string {
  const seconds = plan.operations / (gigaflops * 1e9 * 0.3);
  return [
    `${plan.what}: ${plan.updates} updates of ${short(plan.tokensPerUpdate)} tokens`,
    `parameters: ${short(plan.parameters)} per network, ${plan.trained} trained and ${plan.frozen} only run`,
    `memory: about ${bytes(plan.memory)} of weights and activations, beside some 300 MB of the process and what the engine keeps for reuse`,
    `time: about ${duration(60 * Math.ceil(seconds / 60))} at a third of the ${gigaflops.toFixed(0)} GFLOP/s measured here`,
  ].join('\n');
}
