import { healthy } from '../health/health-state';
import { requireLimits } from '../health/limits';
import { requireHealth } from '../health/options';
import { createLogbook } from '../logs/logbook';
import type { TrainEvent } from '../logs/events';
import type { Progress } from './context';
import { isCheckDue, isStopped, noChecks, requireGuard } from './guard';
import type { GuardOutcome } from './guard-contract';
import { begin, makeUpdates } from './loop';
import type { TrainResult, Trainer, TrainerOptions } from './options';
import { saveAndPrune, saveNow, tellSaved } from './saving';

/** How a run has ended. */
function resultOf({ config, guard }: TrainerOptions, { step, saved, guard: state }: Progress): TrainResult {
  const stopped = guard !== undefined && isStopped(guard, state!);
  const isUnchecked = guard !== undefined && isCheckDue(guard, state!, step);
  const outcome: GuardOutcome | undefined = state && { stopped, ...(state.kept ? { kept: state.kept.step } : {}) };
  return {
    step,
    interrupted: (step < config.updates && !stopped) || isUnchecked,
    checkpoint: saved!,
    ...(outcome ? { guard: outcome } : {}),
  };
}

/**
 * The one loop that runs any task: updates, checkpoints and logs, until the updates are made, a guard ends it, or its caller stops
 * asking for events. What runs it decides the clock, and where checkpoints lie.
 * @throws InputError for a guard that would never look, and numbers that limits and health do not have
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 * import { LETTERS, characterTokenizer, windowLoader } from '@idlm/data';
 * import { dit, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import { createTrainer, learningRate, memoryCheckpointStore, teacherTask } from '@idlm/trainer';
 *
 * const engine = await openEngine({ prefer: 'wasm' });
 * const tokens = characterTokenizer(LETTERS, 'letters').encode('the sea and the ship and the sea '.repeat(9));
 * const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 28, length: 8, timeConditioned: false };
 * const random = randomStream(1);
 * const loader = windowLoader({ tokens, length: 8, batch: 4, random: random.split('data') });
 * const [family, denoiser] = [mdlm({ vocabSize: 28, maskId: 27 }), dit(config)];
 * const parameters = initialParameters(config, random.split('initial'));
 * const optimizer = { rate: learningRate({ rate: 2e-3 }), ema: { decay: 0.9 } };
 * const task = teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer });
 * const trainer = createTrainer({
 *   task,
 *   model: { network: denoiser.describe(), family: family.spec },
 *   store: memoryCheckpointStore(),
 *   config: { updates: 4, logEvery: 2, checkpointEvery: 4 },
 *   identity: { seed: 1 },
 *   clock: () => performance.now(),
 * });
 * for await (const event of trainer.run()) if (event.kind === 'metrics') console.log(event.step);
 * // → 2
 * // → 4
 * task.dispose();
 * ```
 */
export function createTrainer(options: TrainerOptions): Trainer {
  const { config, sinks = [], guard, health, limits } = options;
  if (guard) requireGuard(guard, config.updates);
  if (health) requireHealth(health);
  if (limits) requireLimits(limits);
  const progress: Progress = {
    step: 0,
    failed: false,
    ...(guard ? { guard: noChecks } : {}),
    ...(health ? { health: healthy } : {}),
  };
  const logbook = createLogbook(sinks, () => progress);
  const context = { options, progress, logbook };
  async function* run(): AsyncGenerator<TrainEvent, TrainResult> {
    try {
      yield* begin(context);
      yield* makeUpdates(context);
      yield* tellSaved(context);
      if (progress.saved?.step !== progress.step) yield* saveAndPrune(context);
      return resultOf(options, progress);
    } finally {
      // Also of a run that failed, or that nobody asks any more: its networks are the caller's again.
      await progress.saving?.settled;
      await logbook.close();
    }
  }
  return { run, snapshot: () => saveNow(context) };
}
