import type { GuardState } from '../checkpoints/guard-state';
import type { CheckpointRef } from '../checkpoints/store';
import type { HealthState } from '../health/health-state';
import type { Logbook } from '../logs/logbook';
import type { TrainerOptions } from './options';

/** A checkpoint that is written while updates go on. */
export interface Saving {
  readonly step: number;
  /** Whether it is written, or cannot be. */
  ended: boolean;
  readonly result: Promise<Saved>;
  /** Resolves once nothing is under way any more, however it ended. */
  readonly settled: Promise<void>;
}

/** A checkpoint that was written, with a sentence for each old one that could not be removed. */
export interface Saved {
  readonly checkpoint: CheckpointRef;
  readonly failures: readonly string[];
}

/** Where a run is. */
export interface Progress {
  /** Updates made. */
  step: number;
  /** The last checkpoint. */
  saved?: CheckpointRef;
  /** The checkpoint that is written while updates go on. */
  saving?: Saving;
  /** An update was refused: the networks may be between two updates. */
  failed: boolean;
  /** What the guard has found, in guarded runs. */
  guard?: GuardState;
  /** What is known of updates so far, in runs that watch their health. */
  health?: HealthState;
  /** Why the run ends before its last update, as a clause. */
  limit?: string;
  /** What was wrong at its last check. */
  reason?: string;
}

/** What the phases of a run share. */
export interface RunContext {
  readonly options: TrainerOptions;
  readonly progress: Progress;
  readonly logbook: Logbook;
}
