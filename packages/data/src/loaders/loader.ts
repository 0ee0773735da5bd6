import { InputError } from '../errors';

/** What a loader draws from; structurally the random stream of core-diffusion. */
export interface Randomness {
  uniform(): number;
  split(label: string | number): Randomness;
}

/** A batch of clean tokens, [B, L] row-major. */
export interface Batch {
  readonly ids: Int32Array;
  readonly batch: number;
  readonly length: number;
  /** 1 where a token is to be learned, 0 where it is given, such as at a prompt; [B·L]. All are to be where it is absent. */
  readonly valid?: Uint8Array;
  /** 0 where a token is noised like any other and counts in no loss, such as at padding; [B·L]. All count where it is absent. */
  readonly counted?: Uint8Array;
}

/** Batches by number: number k is a pure function of the loader's stream and k, so that a run resumes exactly. */
export interface Loader {
  readonly batch: number;
  readonly length: number;
  /** Batch number k ≥ 0; a promise of it where it is read from files. */
  at(k: number): Batch | Promise<Batch>;
}

/** A loader of tokens in memory. */
export interface MemoryLoader extends Loader {
  at(k: number): Batch;
}

/** Which of several readers of the same text this is. */
export interface Ranks {
  /** In [0, ranks) (default 0). */
  readonly rank?: number;
  /** How many there are (default 1). */
  readonly ranks?: number;
}

/** @throws InputError unless the rank is one of those that there are */
export function checkRanks({ rank = 0, ranks = 1 }: Ranks): Required<Ranks> {
  if (Number.isSafeInteger(ranks) && ranks >= 1 && Number.isSafeInteger(rank) && rank >= 0 && rank < ranks)
    return { rank, ranks };
  throw new InputError(`A rank is a whole number from 0 to below their number; rank ${rank} of ${ranks} was given.`);
}

/** @throws InputError unless a batch has a whole number of sequences, at least one */
export function checkBatch(batch: number): void {
  if (!Number.isSafeInteger(batch) || batch < 1)
    throw new InputError(`A batch has a whole number of sequences, at least 1; ${batch} was given.`);
}

/** The batches of one of several readers: of every `ranks` batches, the one of its rank. */
export function batchesOfRank(loader: MemoryLoader, given: Ranks): MemoryLoader {
  const { rank, ranks } = checkRanks(given);
  return { ...loader, at: (k) => loader.at(k * ranks + rank) };
}
