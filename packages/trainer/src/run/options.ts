import type { Parameters } from '@idlm/core-diffusion';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import type { Identity, ModelInfo } from '../checkpoints/model-info';
import type { CheckpointRef, CheckpointStore, Keep } from '../checkpoints/store';
import type { RunLimits } from '../health/limits';
import type { HealthOptions } from '../health/options';
import type { LogSink, SampledText, TrainEvent } from '../logs/events';
import type { Task } from '../tasks/task';
import type { Guard, GuardOutcome } from './guard-contract';

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
  readonly keep?: Omit<Keep, 'steps'>;
  /**
   * In guarded runs: a checkpoint after each check that makes the result, of which the last stays besides those of `keep` (default
   * false: what a guard has kept is in every checkpoint, its other tensors are not).
   */
  readonly keepBest?: boolean;
  /**
   * Bytes of a checkpoint's tensors from which on it is written while updates go on, where its store can do that and twice as much
   * memory is free (default 2²⁴): what is saved then stays in memory until it is written.
   */
  readonly besideFrom?: number;
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
  /** What becomes of updates that would harm the networks (default: the first that is not finite ends the run). */
  readonly health?: HealthOptions;
  /** What the run may take before it saves and ends. */
  readonly limits?: RunLimits;
  /**
   * When aborted, the run ends after the update under way and saves. Of several ranks, all end after the same update once one of
   * them is aborted, once a check or sample that is under way is done.
   */
  readonly signal?: AbortSignal;
  /**
   * Processes that train the same networks, each with all of these options (default: this one alone). Give rank 0 the logs, and all of
   * them `storeOfRanks`; before each checkpoint they see that they hold the same weights. What a guard finds is that of rank 0.
   */
  readonly ranks?: Communicator;
  /** Milliseconds from any moment on; for speed. */
  readonly clock: () => number;
}

/** How a run ended. */
export interface TrainResult {
  /** Updates made in all. */
  readonly step: number;
  /** Ended by the signal or a limit, before its last update or the guard's check of it. */
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
