/** A document of a corpus. */
export interface CorpusDocument {
  readonly text: string;
  /** What it continues, where the corpus has prompts. */
  readonly prompt?: string;
  /** It goes on from the one before: a part of a long text, no document of its own. */
  readonly isContinued?: boolean;
}

/** Documents to read once, some at a time or all at once. */
export type Documents = AsyncIterable<string | CorpusDocument> | Iterable<string | CorpusDocument>;

/** A document, whichever way it was given. */
export const documentOf = (given: string | CorpusDocument): CorpusDocument =>
  typeof given === 'string' ? { text: given } : given;
