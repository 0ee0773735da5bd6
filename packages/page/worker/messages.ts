import type { PageManifest } from '../src/manifest';
import type { FaultKind } from './fault';

/** A text that is to be written. */
export interface TextRequest {
  /** Name of the model. */
  readonly model: string;
  /** What the text begins with; or, where it has holes (`_`, one for each token), what stands around them. */
  readonly text: string;
  readonly steps: number;
  readonly temperature: number;
  readonly seed: number;
}

/** A text as it stands while it is being written. */
export interface TextFrame {
  /** Ids of all positions. */
  readonly tokens: readonly number[];
  /** The text piece of each position; null where it is still noise. */
  readonly pieces: readonly (string | null)[];
  /** Positions that were given. */
  readonly given: readonly number[];
  /** Steps that it has taken, of all. */
  readonly step: number;
  readonly steps: number;
  /** Calls of the network so far, which followed one another. */
  readonly networkCalls: number;
  /** What it took to compute, so far. */
  readonly milliseconds: number;
  /** The finished text, once it is finished. */
  readonly text?: string;
}

/** How far files are. */
export interface Progress {
  /** What they are for: the runtime, or the name of a model. */
  readonly what: string;
  readonly loaded: number;
  readonly bytes: number;
}

/** What a text is measured by. */
export interface Measure {
  /** −log₂ of the probability of what was written that the judge gives at the least, per visible token. */
  readonly bitsPerToken: number;
}

/** A finished text, to be measured. */
export type MeasuredText = Pick<TextFrame, 'tokens' | 'given' | 'pieces'>;

/** What the page asks of the worker; each question has a number, by which its answers are known. */
export type Question =
  | { readonly ask: 'open'; readonly id: number; readonly base: string; readonly manifest: PageManifest }
  | { readonly ask: 'load'; readonly id: number; readonly model: string }
  | { readonly ask: 'write'; readonly id: number; readonly request: TextRequest }
  | { readonly ask: 'count'; readonly id: number; readonly model: string; readonly text: string }
  | { readonly ask: 'measure'; readonly id: number; readonly text: MeasuredText }
  | { readonly ask: 'forget'; readonly id: number }
  | { readonly ask: 'cancel'; readonly id: number };

/** What the worker answers: parts of an answer, its end with a result, or a failure. */
export type Answer =
  | { readonly answer: 'frame'; readonly id: number; readonly frame: TextFrame }
  | { readonly answer: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly answer: 'end'; readonly id: number; readonly result?: unknown }
  | { readonly answer: 'failure'; readonly id: number; readonly kind: FaultKind; readonly sentence: string };
