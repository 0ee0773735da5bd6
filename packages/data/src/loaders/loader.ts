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
  /** 1 where a token counts, 0 at a prompt; [B·L]. All count where it is absent. */
  readonly valid?: Uint8Array;
}

/** Batches by number: number k is a pure function of the loader's stream and k, so that a run resumes exactly. */
export interface Loader {
  readonly batch: number;
  readonly length: number;
  /** Batch number k ≥ 0. */
  at(k: number): Batch;
}
