import { InputError } from '../errors';
import { batchesOfRank } from '../loaders/loader';
import { WHOLE, refuseTraining } from './hold-out';
import { type UnlearnedPadding, heldOutRows, rowLoader, trainingRows } from '../loaders/rows';
import { type WindowEnds, consecutiveWindows, spanOf, windowLoader } from '../loaders/windows';
import { rowStartOf } from '../tokenizers/row-start';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { PackedCorpus, RowCorpus } from '../tokens/token-corpus';
import { wordsOfTokens } from '../words';
import { packCorpus } from './pack';
import type { Layout, MemoryCorpus, PrepareOptions, PreparedCorpus } from './prepared';
import type { Reading } from './reading';
import { packRows } from './rows';
import { separatorIds, windowEndsOf } from './separators';
import type { Counted } from './telling';

/** What a layout makes of tokens, wherever they are. */
export interface LaidOut extends Pick<
  PreparedCorpus,
  'tokenizer' | 'bytes' | 'padId' | 'rowStart' | 'isPrompted' | 'takeTraining' | 'takeHeldOut' | 'loader'
> {
  findWords(): ReadonlySet<string>;
}

/** What one of the layouts makes of the documents, in memory. */
export interface LaidInMemory extends Omit<LaidOut, 'loader'>, Pick<MemoryCorpus, 'packed' | 'loader'> {
  readonly heldOutIsTraining: boolean;
  readonly separator?: string;
  readonly left: Counted['left'];
}

/** Bytes of a corpus. */
const bytesOf = ({ train, heldOut }: PackedCorpus): number => train.byteLength + heldOut.byteLength;

/** The token that is to stand before rows. */
export const rowStartIn = (tokenizer: Tokenizer, wanted: PrepareOptions['rowStart']): number | undefined =>
  typeof wanted === 'number' ? wanted : wanted ? rowStartOf(tokenizer) : undefined;

/** Tokens of a row behind its start. @throws InputError if a network takes others */
export function rowWidth(length: number, rowStart: number | undefined, wanted: number): number {
  const width = length + (rowStart === undefined ? 0 : 1);
  if (wanted === width) return width;
  throw new InputError(
    `The rows have ${length} tokens (data.length)${rowStart === undefined ? '' : ' and a start'}, the network ${wanted}; make them the same.`,
  );
}

/** Documents as one long row, windows of which are trained on. */
async function layWindows(options: PrepareOptions, tokenizer: Tokenizer, reading: Reading): Promise<LaidInMemory> {
  const { length, heldOut: share, windowEnds } = options;
  const separator = separatorIds(tokenizer, options.separator ?? null);
  const ends: WindowEnds | undefined = windowEnds ? windowEndsOf(tokenizer) : undefined;
  const least = spanOf(length, ends);
  const { documents, progress } = reading;
  const { emptied, ...packed } = await packCorpus(documents, tokenizer, { separator, share, least, progress });
  const { train, heldOut } = packed;
  const heldOutIsTraining = heldOut.length < least;
  const counted = share === WHOLE ? heldOut : train;
  return {
    tokenizer,
    packed,
    bytes: bytesOf(packed),
    heldOutIsTraining,
    isPrompted: false,
    takeTraining: () => ({ train: counted }),
    separator: tokenizer.decode(separator),
    left: { emptied, tooLong: 0, emptiedPrompts: 0 },
    takeHeldOut: (most) => consecutiveWindows(heldOutIsTraining ? train : heldOut, length, most, ends),
    findWords: () => wordsOfTokens(counted, tokenizer),
    loader: (one) =>
      share === WHOLE ? refuseTraining() : batchesOfRank(windowLoader({ ...one, tokens: train, ends }), one),
  };
}

/** Padding as loaders of rows take it. */
export const unlearnedPadding = (
  padding: PrepareOptions['padding'] = 'learned',
  padId: number,
  ends: WindowEnds | undefined,
): UnlearnedPadding | undefined =>
  padding === 'learned' ? undefined : { padId, isNoised: padding === 'uncounted', endsText: ends?.end === padId };

/** The rows with the training part in the place of the held-out one. */
const trainingAsHeldOut = (rows: RowCorpus): RowCorpus => ({
  ...rows,
  heldOut: rows.train,
  ...(rows.prompts ? { prompts: { ...rows.prompts, heldOut: rows.prompts.train } } : {}),
});

/** The training rows as they are counted, or what is held out where that is all: behind their start where they have one. */
function countedText(rows: RowCorpus, rowStart: number | undefined): ReturnType<PreparedCorpus['takeTraining']> {
  if (rowStart === undefined) return { train: rows.train, rowLength: rows.length };
  const { ids, length } = trainingRows(rows, { beginId: rowStart });
  return { train: ids, rowLength: length };
}

/** Documents as rows, each by itself. */
async function layRows(options: PrepareOptions, tokenizer: Tokenizer, reading: Reading): Promise<LaidInMemory> {
  const { length, heldOut: share, promptSeparator, windowEnds } = options;
  const ends = windowEnds ? windowEndsOf(tokenizer) : undefined;
  const { documents, progress } = reading;
  const rows = await packRows(documents, tokenizer, { length, share, promptSeparator, ends, progress });
  const heldOutIsTraining = rows.heldOut.length === 0;
  const counted = share === WHOLE ? { ...rows, train: rows.heldOut } : rows;
  const rowStart = rowStartIn(tokenizer, options.rowStart);
  const begun = { beginId: rowStart, padding: unlearnedPadding(options.padding, rows.padId, ends) };
  const { dropped: tooLong, emptied, emptiedPrompts, padId } = rows;
  return {
    tokenizer,
    packed: rows,
    bytes: bytesOf(rows),
    padId,
    rowStart,
    isPrompted: rows.prompts !== undefined,
    heldOutIsTraining,
    takeTraining: () => countedText(counted, rowStart),
    left: { emptied, tooLong, emptiedPrompts },
    takeHeldOut: (most) => heldOutRows(heldOutIsTraining ? trainingAsHeldOut(rows) : rows, { most, ...begun }),
    findWords: () => wordsOfTokens(counted.train, tokenizer, length),
    loader({ length: wanted, ...one }) {
      if (share === WHOLE) refuseTraining();
      rowWidth(length, rowStart, wanted);
      return batchesOfRank(rowLoader({ ...one, ...begun, corpus: rows }), one);
    },
  };
}

/** What makes each layout. @throws InputError where documents, tokenizer and options do not go together */
export const LAY_OUT: Readonly<
  Record<Layout, (options: PrepareOptions, tokenizer: Tokenizer, reading: Reading) => Promise<LaidInMemory>>
> = { packed: layWindows, rows: layRows };
