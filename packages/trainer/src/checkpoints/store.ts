/** A checkpoint in a store. */
export interface CheckpointRef {
  readonly step: number;
  /** Where it lies, for messages and for loading it as a model folder. */
  readonly path: string;
}

/** One file of a checkpoint. */
export interface CheckpointFile {
  /** A plain name, without folders. */
  readonly name: string;
  /** Alone in their buffer and the store's from here on: it may hand them over to another thread, or let go of their memory. */
  readonly bytes: Uint8Array;
}

/** The newest checkpoint that is whole, and which newer ones are not. */
export interface LatestCheckpoint {
  readonly checkpoint?: CheckpointRef;
  /** One sentence for each newer checkpoint that was passed over. */
  readonly skipped: readonly string[];
}

/** How many checkpoints stay. */
export interface Keep {
  /** The newest so many, at least 1. */
  readonly last: number;
  /** Milestones: steps that this number divides stay for good. */
  readonly every?: number;
  /** These steps stay too. */
  readonly steps?: readonly number[];
}

/** Keeps checkpoints: each is written whole or not at all, and what is read back is what was written. */
export interface CheckpointStore {
  /**
   * Writes a checkpoint; until that is done the store is as before.
   * @throws InputError in one sentence if it cannot be written (a full disk, say), naming the last good one
   */
  save(step: number, files: AsyncIterable<CheckpointFile>): Promise<CheckpointRef>;
  /**
   * The same by a thread of its own, for checkpoints that take long: hashes and writing do not wait for this thread's turn, nor it for
   * them. Absent where nothing would be won. One save at a time.
   */
  saveInThread?(step: number, files: AsyncIterable<CheckpointFile>): Promise<CheckpointRef>;
  /** The newest checkpoint whose every file is as it was written. */
  latest(): Promise<LatestCheckpoint>;
  /** The checkpoint of a step. @throws InputError if there is none, or it is damaged */
  find(step: number): Promise<CheckpointRef>;
  /** A file of a checkpoint. @throws InputError if it has none of that name */
  read(checkpoint: CheckpointRef, name: string): Promise<Uint8Array>;
  /** Removes old checkpoints; returns a sentence for each that could not be removed. */
  prune(keep: Keep): Promise<readonly string[]>;
  /** Removes what interrupted saves left behind. Only while no other process writes here. */
  clean(): Promise<void>;
}
