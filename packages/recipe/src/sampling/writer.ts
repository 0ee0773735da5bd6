import type { NetworkDescription } from '@idlm/core-diffusion';
import type { Frame, Sample, UnknownHole } from '@idlm/samplers';

/** Texts to write at once. */
export interface WriteRequest {
  readonly batch: number;
  readonly length: number;
  /** Index of the first of them among all. */
  readonly firstRow: number;
  readonly clamp?: Int32Array;
  readonly signal?: AbortSignal;
}

/** A loaded model that writes text, of whatever kind. */
export interface Writer {
  readonly network: NetworkDescription;
  /** Steps of texts of so many tokens. */
  steps(length: number): number;
  /** Texts with every step on the way. */
  write(request: WriteRequest): AsyncGenerator<Frame, Sample>;
  /** The same texts at once, which takes less time. */
  writeAll(request: WriteRequest): Promise<Sample>;
  /**
   * The likeliest length of a hole, in tokens; FREE stands in `before` where another hole lies. Absent from left to right.
   * @throws InputError for processes without masks, and a hole with no text behind it
   */
  holeLength?(hole: Omit<UnknownHole, 'window'>): Promise<number>;
  dispose(): void;
}
