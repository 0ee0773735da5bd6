/** The whole state of a stream, as JSON: 64-bit key and 64-bit counter as hex strings, and what of the last block is unused. */
export interface RandomState {
  readonly key: string;
  readonly counter: string;
}

/**
 * A seeded stream of random numbers. Every draw in this project comes from one, on the host, so that engines agree
 * and a run can be resumed bit for bit. Streams split by label without advancing, so adding a draw in one place never
 * shifts those of another.
 */
export interface RandomStream {
  /** The next float64 in [0, 1), with 53 random bits. */
  uniform(): number;
  /** The next `count` of them. */
  uniforms(count: number): Float64Array;
  /** `count` standard normal numbers (float64, Box–Muller on pairs; an odd count discards the partner). */
  normals(count: number): Float64Array;
  /** `count` integers, uniform over 0 … below − 1 (unbiased). */
  integers(count: number, below: number): Int32Array;
  /** An independent stream that depends on this stream's key and the label only, not on how much was drawn. */
  split(label: string | number): RandomStream;
  /** What `restoreStream` needs to continue with the very next number. */
  state(): RandomState;
}
