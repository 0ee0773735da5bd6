import type { CheckpointFile, CheckpointRef } from './store';

/** What a thread that saves begins with. */
export interface SaveOrder {
  /** Folder of the checkpoints. */
  readonly folder: string;
  readonly step: number;
}

/** What it is given each time that it asks: the next file, the end of them, or why there is none. */
export type Given = { readonly file: CheckpointFile } | 'end' | { readonly failure: string };

/** What it says: that it wants the next file, and how the save ended. */
export type SaveReply = 'next' | { readonly saved: CheckpointRef } | { readonly refused: string };
