import type { Guide } from '@idlm/recipe/sampling';
import type { LogitShaper, Sampler } from '@idlm/samplers';

/** Where in a row the text lies that is asked for, and what ends it. */
export interface TextRegion {
  /** First position of the text. */
  readonly from: number;
  /** Position behind its last. */
  readonly to: number;
  /** Whether an end of the text, or what fills rows up, may come before its room ends; not where something stands behind it. */
  readonly isOpenEnded: boolean;
  /** Holes that are told by themselves, as positions; empty for a prompt. */
  readonly holes: readonly (readonly [from: number, to: number])[];
}

/** A text that is to be written. */
export interface PlannedRow {
  /** Tokens that are given, and FREE where they are written, [L]. */
  readonly clamp: Int32Array;
  readonly region: TextRegion;
}

/** What a request asks for, in the terms of its model. */
export interface WritingPlan {
  /** Texts, those of each prompt together; the index of one is that of its random stream. */
  readonly rows: readonly PlannedRow[];
  readonly sampler: Sampler;
  /** Name of the sampler. */
  readonly samplerName: string;
  readonly shape: LogitShaper;
  /** How the network is guided, and how strongly; undefined where it is not. */
  readonly guidance?: { readonly guide: Guide; readonly strength: number };
  /** Times from noise to text. */
  readonly grid: Float64Array;
  readonly steps: number;
  /** Tokens that are written at a time, each block down the whole grid; undefined where all are. */
  readonly block?: number;
  readonly seed: number;
  /** What a text ends before. */
  readonly stop: readonly string[];
}
