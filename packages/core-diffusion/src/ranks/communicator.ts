/** What float32 numbers are rounded to on their way between ranks; they are added in float32 either way. */
export type Wire = 'float32' | 'bfloat16';

/** float32 numbers in the memory of a GPU. */
export interface DeviceNumbers {
  readonly address: number;
  readonly length: number;
}

/**
 * Processes, called ranks, that work on one thing together. All of them make the same calls in the same order, one at a time, and a call
 * ends once every rank has made it. A rank that cannot go on ends the job, so that none waits for ever.
 * Source: the collective operations of the MPI standard, chapter 6.
 */
export interface Communicator {
  /** This process, in [0, size). */
  readonly rank: number;
  readonly size: number;
  /**
   * Adds numbers of all ranks, in place: afterwards every rank has the same bits.
   * @param values as many on every rank; nothing else reads or writes them until the call ends
   * @param wire default `float32`
   */
  sum(values: Float32Array, wire?: Wire): Promise<void>;
  /**
   * `sum` of numbers in the memory of GPUs, by a library that adds them there; absent where numbers have to come into this process's.
   * @param numbers arrays of the same lengths on every rank, each in a place of its own; all that computes them is done
   */
  sumOnDevice?(numbers: readonly DeviceNumbers[]): Promise<void>;
  /** The bytes of every rank, by its number; as many as each likes. */
  gather(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
  /** The bytes of rank 0; those that others give are not read. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array>;
}

/** A process by itself. */
export const oneRank: Communicator = {
  rank: 0,
  size: 1,
  sum: async () => {},
  gather: async (bytes) => [bytes],
  broadcast: async (bytes) => bytes,
};
