import { InputError } from '../errors';
import type { Batch, Loader, Randomness } from '../loaders/loader';
import { heldOutRows, rowLoader, trainingRows } from '../loaders/rows';
import { type WindowEnds, consecutiveWindows, windowLoader } from '../loaders/windows';
import { type Normalisation } from '../normalise';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { wordsOfTokens } from '../words';
import { alphabetFinder } from './alphabet';
import type { CorpusDocument } from './document';
import type { CorpusFacts } from './facts';
import { corpusNotes, lossNote } from './notes';
import { type PackedCorpus, packCorpus } from './pack';
import type { PromptSeparator } from './prompts';
import type { CorpusSource, ReadingCounts } from './read';
import { type RowCorpus, packRows } from './rows';
import { separatorIds, windowEndsOf } from './separators';

/** How documents lie in batches. */
export type Layout = 'packed' | 'rows';

/** How far the reading of a corpus is, in bytes of its files; those read twice count twice. */
export interface ReadingProgress {
  readonly bytes: number;
  readonly total: number;
}

/** What a corpus is prepared from, and how. */
export interface PrepareOptions {
  /** The documents: `openCorpus` for files, `corpusOf` for what is in memory. */
  readonly source: CorpusSource;
  /** Default: the letters for the normalisation `letters`, else all characters of the text, which is read twice then. */
  readonly tokenizer?: Tokenizer;
  /** Of the tokenizer that is made when none is given (default `letters`). */
  readonly normalise?: Normalisation;
  /** packed: one long row, windows of which are trained on. rows: each document by itself, padded. */
  readonly layout: Layout;
  /** Tokens of a sequence, at least 1. */
  readonly length: number;
  /** Share held out, in [0, 0.5] (default 0.1). */
  readonly heldOut?: number;
  /** What stands between packed documents; null: the tokenizer's own separator. */
  readonly separator?: string | null;
  /** What stands between a prompt and its text; null: see `separatorBehind`. */
  readonly promptSeparator?: PromptSeparator;
  /** Packed windows begin and end with the vocabulary's begin and end of a text, as published models have it. */
  readonly windowEnds?: boolean;
  /**
   * Rows stand behind a token that is given, like a prompt: the one of this id, or where it is true that of `rowStartOf`. A
   * tokenizer that is made here has one then. Default: none does.
   */
  readonly rowStart?: number | boolean;
  readonly onProgress?: (progress: ReadingProgress) => void;
}

/** A corpus ready to train and evaluate on. */
export interface PreparedCorpus {
  readonly tokenizer: Tokenizer;
  /** The tokens; in rows, one padded row after another. */
  readonly packed: PackedCorpus;
  /** The token behind short rows; absent where text is packed. */
  readonly padId?: number;
  /** The token that stands before every row, where one does. */
  readonly rowStart?: number;
  /** Whether rows have prompts. */
  readonly isPrompted: boolean;
  /**
   * Held-out windows or rows of the length asked for, behind their start where they have one; training ones where nothing is
   * held out. Starts and prompts are marked as given. The first 131,072 of more; made when first read.
   */
  readonly heldOut: Batch;
  /** The first of them, at most `most`: of much text, a few take less memory. */
  takeHeldOut(most: number): Batch;
  /** All of the training part in the same way, for counting: one long row where text is packed. */
  takeTraining(): Pick<PackedCorpus, 'train'> & { readonly rowLength?: number };
  /** Text of ids, without a row's start. */
  decode(ids: ArrayLike<number>): string;
  /** The words of the training text, for the dictionary-word rate. Found when first read. */
  readonly words: ReadonlySet<string>;
  /** What a user should know of it, in sentences, such as what was left out. */
  readonly notes: readonly string[];
  /** How much text it is, and how it is split. */
  readonly facts: CorpusFacts;
  /** Batches of the training part. @throws InputError for another length than that of its rows */
  loader(options: { readonly length: number; readonly batch: number; readonly random: Randomness }): Loader;
}

/** What one of the layouts makes of the documents. */
interface LaidOut extends Pick<
  PreparedCorpus,
  'tokenizer' | 'packed' | 'padId' | 'rowStart' | 'isPrompted' | 'takeTraining' | 'loader'
> {
  readonly heldOutIsTraining: boolean;
  readonly separator?: string;
  readonly left: { readonly emptied: number; readonly tooLong: number; readonly emptiedPrompts: number };
  takeHeldOut(most: number): Batch;
  findWords(): ReadonlySet<string>;
}

/** One reading of the documents, with what normalisation loses counted on the way. */
interface Reading {
  readonly documents: AsyncIterable<CorpusDocument>;
  readonly counts: ReadingCounts;
  /** The share of the bytes that has been read, in (0, 1]; undefined where it is not known. */
  readonly progress: (() => number) | undefined;
  lost(): number;
}

/** Settings that say nothing together. @throws InputError naming them */
function checkOptions({ layout, separator, windowEnds, rowStart }: PrepareOptions): void {
  if (layout === 'packed') {
    if (typeof rowStart !== 'number') return;
    throw new InputError(
      'The model was trained on rows, each a text of its own; set data.layout to "rows" for text that it is used with.',
    );
  }
  if ((separator ?? null) !== null)
    throw new InputError(
      'data.separator stands between packed documents, and rows have nothing between them; leave it out.',
    );
  if (windowEnds)
    throw new InputError('data.windowEnds is for packed windows; rows begin and end with their text. Leave it out.');
}

/** The token that stands before rows: the tokenizer's own beginning, else its end of text; undefined where it has neither. */
export const rowStartOf = ({ beginId, endOfTextId }: Pick<Tokenizer, 'beginId' | 'endOfTextId'>): number | undefined =>
  beginId ?? endOfTextId;

/** Every character of the text, and those that are put into it. */
async function findTokenizer(options: PrepareOptions, report: (counts: ReadingCounts) => void): Promise<Tokenizer> {
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

async function layWindows(options: PrepareOptions, tokenizer: Tokenizer, reading: Reading): Promise<LaidOut> {
  const { length, heldOut: share, windowEnds } = options;
  const separator = separatorIds(tokenizer, options.separator ?? null);
  const ends: WindowEnds | undefined = windowEnds ? windowEndsOf(tokenizer) : undefined;
  const least = ends ? Math.max(1, length - 2) : length;
  const { documents, progress } = reading;
  const { emptied, ...packed } = await packCorpus(documents, tokenizer, { separator, share, least, progress });
  const { train, heldOut } = packed;
  const heldOutIsTraining = heldOut.length < least;
  return {
    tokenizer,
    packed,
    heldOutIsTraining,
    isPrompted: false,
    takeTraining: () => ({ train }),
    separator: tokenizer.decode(separator),
    left: { emptied, tooLong: 0, emptiedPrompts: 0 },
    takeHeldOut: (most) => consecutiveWindows(heldOutIsTraining ? train : heldOut, length, most, ends),
    findWords: () => wordsOfTokens(train, tokenizer),
    loader: (one) => windowLoader({ ...one, tokens: train, ends }),
  };
}

/** The rows with the training part in the place of the held-out one. */
const trainingAsHeldOut = (rows: RowCorpus): RowCorpus => ({
  ...rows,
  heldOut: rows.train,
  ...(rows.prompts ? { prompts: { ...rows.prompts, heldOut: rows.prompts.train } } : {}),
});

/** The training rows as they are counted: behind their start where they have one. */
function trainingText(rows: RowCorpus, rowStart: number | undefined): ReturnType<PreparedCorpus['takeTraining']> {
  if (rowStart === undefined) return { train: rows.train, rowLength: rows.length };
  const { ids, length } = trainingRows(rows, { beginId: rowStart });
  return { train: ids, rowLength: length };
}

async function layRows(options: PrepareOptions, tokenizer: Tokenizer, reading: Reading): Promise<LaidOut> {
  const { length, heldOut: share, promptSeparator } = options;
  const { documents, progress } = reading;
  const rows = await packRows(documents, tokenizer, { length, share, promptSeparator, progress });
  const heldOutIsTraining = rows.heldOut.length === 0;
  const rowStart =
    typeof options.rowStart === 'number' ? options.rowStart : options.rowStart ? rowStartOf(tokenizer) : undefined;
  const begun = { beginId: rowStart };
  const { dropped: tooLong, emptied, emptiedPrompts, padId } = rows;
  return {
    tokenizer,
    packed: rows,
    padId,
    rowStart,
    isPrompted: rows.prompts !== undefined,
    heldOutIsTraining,
    takeTraining: () => trainingText(rows, rowStart),
    left: { emptied, tooLong, emptiedPrompts },
    takeHeldOut: (most) => heldOutRows(heldOutIsTraining ? trainingAsHeldOut(rows) : rows, { most, ...begun }),
    findWords: () => wordsOfTokens(rows.train, tokenizer, length),
    loader({ length: wanted, ...one }) {
      if (wanted !== length + (rowStart === undefined ? 0 : 1))
        throw new InputError(
          `The rows have ${length} tokens (data.length)${rowStart === undefined ? '' : ' and a start'}, the network ${wanted}; make them the same.`,
        );
      return rowLoader({ ...one, ...begun, corpus: rows });
    },
  };
}

/** The refusal of a corpus, with what normalisation took from it where that may be why. */
function explained(error: unknown, tokenizer: Tokenizer, { counts, lost }: Reading): unknown {
  const loss = lossNote({ lostCharacters: lost(), characters: counts.characters }, tokenizer);
  const isMuch = lost() > counts.characters / 4;
  return error instanceof InputError && loss && isMuch ? new InputError(`${error.message} ${loss}`) : error;
}

/** Sequences of held-out text that are kept as batches, int32, beside their tokens: more than any evaluation draws. */
const MOST_HELD_OUT = 1 << 17;

/** A value that is made when it is first asked for. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Reads rows as text. */
const decoderOf =
  (tokenizer: Tokenizer, rowStart: number | undefined): PreparedCorpus['decode'] =>
  (ids) =>
    tokenizer.decode(ids.length > 0 && ids[0] === rowStart ? Array.prototype.slice.call(ids, 1) : ids);

/** How often a token stands among others. */
function countOf(id: number | undefined, tokens: ArrayLike<number>): number {
  let count = 0;
  if (id !== undefined) for (let i = 0; i < tokens.length; i++) if (tokens[i] === id) count++;
  return count;
}

/** What there is to say of it, and what is made when it is asked for. */
function describe(options: PrepareOptions, laidOut: LaidOut, { counts, lost }: Reading): PreparedCorpus {
  const { tokenizer, packed, padId, rowStart, isPrompted, heldOutIsTraining, separator, left } = laidOut;
  const { takeHeldOut, takeTraining, findWords, loader } = laidOut;
  const { files } = options.source;
  const { train, heldOut, hash } = packed;
  const { emptied, tooLong, emptiedPrompts } = left;
  const facts: CorpusFacts = {
    documents: counts.documents,
    characters: counts.characters,
    lostCharacters: lost(),
    unknownTokens: countOf(tokenizer.unknownId, train) + countOf(tokenizer.unknownId, heldOut),
    leftOut: { empty: counts.empty, emptied, tooLong },
    tokens: train.length + heldOut.length,
    trainTokens: train.length,
    heldOutTokens: heldOut.length,
    ...(separator === undefined ? {} : { separator }),
    ...(files ? { files: files.files.map(({ path }) => path) } : {}),
    heldOutIsTraining,
    hash,
  };
  const [held, words] = [once(() => takeHeldOut(MOST_HELD_OUT)), once(findWords)];
  return {
    tokenizer,
    packed,
    ...(padId === undefined ? {} : { padId }),
    ...(rowStart === undefined ? {} : { rowStart }),
    isPrompted,
    decode: decoderOf(tokenizer, rowStart),
    takeTraining,
    get heldOut() {
      return held();
    },
    takeHeldOut,
    get words() {
      return words();
    },
    notes: corpusNotes(facts, tokenizer, { counts, files, length: options.length, emptiedPrompts }),
    facts,
    loader,
  };
}

/**
 * Reads, encodes and splits a corpus. Documents are streamed: memory holds the ids, one to four bytes each, and no second copy
 * of the text.
 * @throws InputError if the text is missing, empty, too short, has characters that the tokenizer lacks, or settings do not go
 * together
 */
export async function prepareCorpus(options: PrepareOptions): Promise<PreparedCorpus> {
  checkOptions(options);
  const { onProgress, normalise, layout } = options;
  const readings = options.tokenizer || (normalise ?? 'letters') === 'letters' ? 1 : 2;
  let before = 0;
  const report = ({ bytes, totalBytes }: ReadingCounts) =>
    onProgress?.({ bytes: before + bytes, total: readings * totalBytes });
  const tokenizer = options.tokenizer ?? (await findTokenizer(options, report));
  const reading = readOnce(options, tokenizer, report);
  before = (readings - 1) * reading.counts.totalBytes;
  const laidOut = await (layout === 'rows' ? layRows : layWindows)(options, tokenizer, reading).catch((error) => {
    throw explained(error, tokenizer, reading);
  });
  return describe(options, laidOut, reading);
}
