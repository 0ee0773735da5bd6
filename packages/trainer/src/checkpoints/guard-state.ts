/** Where a guarded run stands. */
export interface GuardState {
  /** Updates before the last check; 0 before the first. */
  readonly checked: number;
  /** Checks in a row, the last one included, that were not good. */
  readonly failures: number;
  /** The weights of the last good check, which are the result: a safetensors file, so that they leave the device. */
  readonly kept?: { readonly step: number; readonly file: Uint8Array; readonly score?: number };
}

/** What `state.json` tells of a guard; the kept weights are the checkpoint's model. */
export interface SavedGuard {
  readonly checked: number;
  readonly failures: number;
  /** Updates of the kept weights. */
  readonly kept?: number;
  /** Their score, where the guard gives any. */
  readonly score?: number;
}

/** Name of the file that is a checkpoint's model. */
export const MODEL = 'model.safetensors';

/** What `state.json` tells; earlier builds called the failed checks `strikes`. */
export const guardOf = ({ strikes, ...saved }: SavedGuard & { readonly strikes?: number }): SavedGuard =>
  strikes === undefined ? saved : { ...saved, failures: strikes };

/** The state as `state.json` holds it. */
export const savedGuard = ({ checked, failures, kept }: GuardState): SavedGuard => ({
  checked,
  failures,
  ...(kept ? { kept: kept.step } : {}),
  ...(kept?.score === undefined ? {} : { score: kept.score }),
});

/** The state of a guard from a checkpoint. @param read a file of it by name */
export async function restoreGuard(
  { checked, failures, kept, score }: SavedGuard,
  read: (name: string) => Promise<Uint8Array>,
): Promise<GuardState> {
  if (kept === undefined) return { checked, failures };
  return { checked, failures, kept: { step: kept, file: await read(MODEL), score } };
}
