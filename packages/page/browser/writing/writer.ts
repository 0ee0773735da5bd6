import type { Measure, MeasuredText, Progress, TextFrame, TextRequest } from '../../worker/messages';

/** A model that can be chosen. */
export interface WritingModel {
  readonly name: string;
  /** Tokens of a text. */
  readonly length: number;
  /** Steps and temperature that suit it. */
  readonly steps: number;
  readonly temperature: number;
}

/** What goes with a piece of work. */
export interface Work {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What writes: models in this browser, or on a server. */
export interface Writer {
  readonly models: readonly WritingModel[];
  /** A text as it comes to be; the last frame has it finished. @throws Fault where it cannot be written */
  write(request: TextRequest, work: Work): AsyncIterable<TextFrame>;
  /** How many tokens of a model a text takes. */
  count(model: string, text: string): Promise<number>;
  /** The model that measures texts, by its name; absent where none does. */
  readonly judge?: string;
  /** How surprised the judge is by a text; undefined where nothing was written that can be seen. */
  measure?(text: MeasuredText, work: Work): Promise<Measure | undefined>;
  /** Deletes what it keeps in this browser. */
  forget?(): Promise<void>;
}
