import { type OptimizerOptions, learningRate } from '@idlm/trainer';
import { configuredMethod } from '../config/optimizers';
import type { OptimizerConfig } from '../config/schema';

/** A configured optimizer over a run of `updates`. @throws InputError for a method that there is not */
export function resolveOptimizer(options: OptimizerConfig, updates: number): OptimizerOptions {
  return {
    rate: learningRate({
      rate: options.learningRate,
      warmup: Math.min(options.warmup, Math.floor(updates / 2)),
      total: updates,
      decayTo: options.decayTo ?? undefined,
    }),
    method: configuredMethod(options),
    clip: options.clip ?? undefined,
    ema: { decay: options.ema, warmup: options.emaWarmup },
  };
}
