import { InputError, isInputError } from '../errors';
import { type Normalisation, normalise } from '../normalise';
import { tokenizers } from '../tokenizers/registry';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { CorpusDocument } from './document';
import { partsOf } from './formats/text';
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

/**
 * The texts of a corpus for a tokenizer to be made for, with what is put between and behind them.
 * @param report told how far each reading is
 */
async function* textsOf(
  { source, layout, separator, promptSeparator }: PrepareOptions,
  normalisation: Normalisation,
  report: (counts: ReadingCounts) => void,
): AsyncGenerator<string> {
  const reading = source.read(() => report(reading.counts));
  for await (const { text, prompt = '' } of reading.documents)
    for (const part of [...partsOf(text), ...partsOf(prompt)]) yield normalise(part, normalisation);
  // Rows are filled up with spaces, whether or not the text has any.
  for (const added of [layout === 'rows' ? ' ' : '', separator ?? '', promptSeparator ?? ''])
    yield normalise(added, normalisation);
}

/** The tokenizer that is given, or one made by name, which may read the text for it. */
async function findTokenizer(options: PrepareOptions, report: (counts: ReadingCounts) => void): Promise<Tokenizer> {
  const { tokenizer = 'characters', normalise: normalisation, layout, rowStart } = options;
  if (typeof tokenizer === 'object' && 'encode' in tokenizer) return tokenizer;
  return tokenizers.create(tokenizer, {
    normalise: normalisation,
    beginning: layout === 'rows' && rowStart === true,
    texts: (kind) => textsOf(options, kind, report),
  });
}

/** Reads the documents once more. */
function readOnce({ source }: PrepareOptions, tokenizer: Tokenizer, report: (counts: ReadingCounts) => void): Reading {
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

/** The tokenizer that is given or made, and a reading of the documents, of which nothing is read yet. */
export async function openReading(
  options: PrepareOptions,
): Promise<{ readonly tokenizer: Tokenizer; readonly reading: Reading }> {
  const { onProgress } = options;
  // Whoever makes a tokenizer for the text reads it once, or not at all.
  let [before, readings] = [0, 2];
  const report = ({ bytes, totalBytes }: ReadingCounts) =>
    onProgress?.({ bytes: before + bytes, total: readings * totalBytes });
  let isRead = false;
  const tokenizer = await findTokenizer(options, (counts) => {
    isRead = true;
    report(counts);
  });
  const reading = readOnce(options, tokenizer, report);
  if (isRead) before = reading.counts.totalBytes;
  else readings = 1;
  return { tokenizer, reading };
}

/** The refusal of a corpus, with what normalisation took from it where that may be why. */
export function explained(error: unknown, tokenizer: Tokenizer, { counts, lost }: Reading): unknown {
  const loss = lossNote({ lostCharacters: lost(), characters: counts.characters }, tokenizer);
  const isMuch = lost() > counts.characters / 4;
  return isInputError(error) && loss && isMuch ? new InputError(`${error.message} ${loss}`) : error;
}
