import { InputError } from '../errors';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { alphabetFinder } from './alphabet';
import type { CorpusDocument } from './document';
import { lossNote } from './notes';
import type { PrepareOptions } from './prepared';
import type { ReadingCounts } from './read';

/** One reading of the documents, with what normalisation loses counted on the way. */
export interface Reading {
  readonly documents: AsyncIterable<CorpusDocument>;
  readonly counts: ReadingCounts;
  /** The share of the bytes that has been read, in (0, 1]; undefined where it is not known. */
  readonly progress: (() => number) | undefined;
  lost(): number;
}

/** The tokenizer of characters that suits the text: the letters, else one for every character of it and what is put into it. */
export async function findTokenizer(
  options: PrepareOptions,
  report: (counts: ReadingCounts) => void,
): Promise<Tokenizer> {
  const { source, normalise = 'letters', layout, separator, promptSeparator, rowStart } = options;
  const own = { beginning: layout === 'rows' && rowStart === true };
  if (normalise === 'letters') return characterTokenizer(LETTERS, normalise, own);
  const finder = alphabetFinder(normalise);
  const reading = source.read(() => report(reading.counts));
  for await (const { text, prompt } of reading.documents) {
    finder.add(text);
    if (prompt !== undefined) finder.add(prompt);
  }
  // Rows are filled up with spaces, whether or not the text has any.
  for (const added of [layout === 'rows' ? ' ' : '', separator ?? '', promptSeparator ?? '']) finder.add(added);
  return characterTokenizer(finder.found(), normalise, own);
}

/** Reads the documents once more. */
export function readOnce(
  { source }: PrepareOptions,
  tokenizer: Tokenizer,
  report: (counts: ReadingCounts) => void,
): Reading {
  let lost = 0;
  const reading = source.read(() => report(reading.counts));
  const { counts } = reading;
  async function* documents(): AsyncGenerator<CorpusDocument> {
    for await (const document of reading.documents) {
      lost += tokenizer.lost(document.text) + (document.prompt ? tokenizer.lost(document.prompt) : 0);
      yield document;
    }
  }
  return {
    documents: documents(),
    counts,
    progress: counts.totalBytes ? () => counts.bytes / counts.totalBytes : undefined,
    lost: () => lost,
  };
}

/** The refusal of a corpus, with what normalisation took from it where that may be why. */
export function explained(error: unknown, tokenizer: Tokenizer, { counts, lost }: Reading): unknown {
  const loss = lossNote({ lostCharacters: lost(), characters: counts.characters }, tokenizer);
  const isMuch = lost() > counts.characters / 4;
  return error instanceof InputError && loss && isMuch ? new InputError(`${error.message} ${loss}`) : error;
}
