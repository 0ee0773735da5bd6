import type { Parameters } from '@idlm/core-diffusion';
import type { Identity, ModelInfo } from '../checkpoints/snapshot';
import type { CheckpointRef, CheckpointStore, Keep } from '../checkpoints/store';
import { createLogbook } from '../logs/logbook';
import type { LogSink, SampledText, TrainEvent } from '../logs/events';
import type { Task } from '../tasks/task';
import type { Progress } from './context';
import { type Guard, type GuardOutcome, isCheckDue, isStopped, noChecks, requireGuard } from './guard';
import { begin, makeUpdates, saveAndPrune, saveNow } from './loop';

/** How often things happen, in updates. */
export interface TrainerConfig {
  /** Updates in all. */
  readonly updates: number;
  /** A line of metrics every so many (default 1). */
  readonly logEvery?: number;
  /** A checkpoint every so many, and at the end (default: at the end only). */
  readonly checkpointEvery?: number;
  /** Samples every so many (default: never). */
  readonly sampleEvery?: number;
  /** Which checkpoints stay (default: the last 3). */
  readonly keep?: Keep;
}

/** What a run is made from. */
export interface TrainerOptions {
  readonly task: Task;
  readonly model: ModelInfo;
  readonly store: CheckpointStore;
  readonly config: TrainerConfig;
  /** What a resumed run must have in common with its checkpoint: seed, hashes, settings of the optimizer. */
  readonly identity?: Identity;
  /** Go on from a checkpoint of the store: the last, or that of a step. */
  readonly resume?: 'latest' | { readonly step: number };
  readonly sinks?: readonly LogSink[];
  /** Texts from the result's average after `step` updates. */
  readonly sample?: (parameters: Parameters, step: number, signal?: AbortSignal) => Promise<readonly SampledText[]>;
  /** Looks at the result's average every so often, keeps the last good one as the result, and may end the run. */
  readonly guard?: Guard;
  /** When aborted, the run ends after the update under way and saves. */
  readonly signal?: AbortSignal;
  /** Milliseconds from any moment on; for speed. */
  readonly clock: () => number;
}

/** How a run ended. */
export interface TrainResult {
  /** Updates made in all. */
  readonly step: number;
  /** Ended by the signal, before its last update or the guard's check of it. */
  readonly interrupted: boolean;
  /** The state at the end; its model is the result. */
  readonly checkpoint: CheckpointRef;
  /** What the guard made of it, in guarded runs. */
  readonly guard?: GuardOutcome;
}

/** A run over one task. The task stays the caller's. */
export interface Trainer {
  /**
   * Trains to the end, yielding what happens. Every step is a pure function of the state and its number, so a resumed run
   * is bit for bit an unbroken one.
   * @throws InputError for a checkpoint of something else, a step whose loss or gradient is not finite, or a full disk
   */
  run(): AsyncGenerator<TrainEvent, TrainResult>;
  /** Saves the state between two updates. */
  snapshot(): Promise<CheckpointRef>;
}

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
