import type { GuardState } from '../checkpoints/guard-state';
import type { CheckpointRef } from '../checkpoints/store';
import type { Logbook } from '../logs/logbook';
import type { TrainerOptions } from './options';
import type { Saving } from './saving';

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
  /** What was wrong at its last check. */
  reason?: string;
}

/** What the phases of a run share. */
export interface RunContext {
  readonly options: TrainerOptions;
  readonly progress: Progress;
  readonly logbook: Logbook;
}
