import { createLogbook } from '../logs/logbook';
import type { TrainEvent } from '../logs/events';
import type { Progress } from './context';
import { isCheckDue, isStopped, noChecks, requireGuard } from './guard';
import type { GuardOutcome } from './guard-contract';
import { begin, makeUpdates, saveAndPrune, saveNow } from './loop';
import type { TrainResult, Trainer, TrainerOptions } from './options';

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

/** The one loop that runs any task. @throws InputError for a guard that would never look */
export function createTrainer(options: TrainerOptions): Trainer {
  const { config, sinks = [], guard } = options;
  if (guard) requireGuard(guard, config.updates);
  const progress: Progress = { step: 0, failed: false, ...(guard ? { guard: noChecks } : {}) };
  const logbook = createLogbook(sinks, () => progress);
  const context = { options, progress, logbook };
  async function* run(): AsyncGenerator<TrainEvent, TrainResult> {
    try {
      yield* begin(context);
      yield* makeUpdates(context);
      if (progress.saved?.step !== progress.step) yield* saveAndPrune(context);
      return resultOf(options, progress);
    } finally {
      await logbook.close();
    }
  }
  return { run, snapshot: () => saveNow(context) };
}
