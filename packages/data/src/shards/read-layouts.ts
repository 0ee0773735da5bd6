import { type LaidOut, unlearnedPadding, rowStartIn, rowWidth } from '../corpora/layouts';
import type { Layout, PrepareOptions } from '../corpora/prepared';
import { refuseTraining } from '../corpora/hold-out';
import { windowEndsOf } from '../corpora/separators';
import { firstRows } from '../loaders/rows';
import { consecutiveWindows, spanOf, windowsIn } from '../loaders/windows';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { wordsOfTokens } from '../words';
import { shuffledByEpoch } from './epochs';
import type { ShardIndex } from './index-file';
import { readingAhead } from './read-ahead';
import { type TokenSequence, tokenSequence } from './token-sequence';

/** Tokens of the training part that are counted by judges and looked through for words. */
const MOST_COUNTED = 1 << 24;

/** Tokens of held-out sequences that are read. */
const MOST_HELD_OUT = 1 << 24;

/** How rows are asked for. */
export type RowOptions = Pick<PrepareOptions, 'rowStart' | 'padding'>;

/** What a layout makes of shards. */
type ReadOut = LaidOut & { readonly notes: readonly string[] };

const countedNote = (tokens: number): string[] =>
  tokens > MOST_COUNTED
    ? [
        `The n-gram judge and the list of words know the first ${MOST_COUNTED} of ${tokens} tokens of the training text.`,
      ]
    : [];

/** One long row of tokens, windows of which are trained on. */
function readWindows(folder: string, index: ShardIndex, tokenizer: Tokenizer): ReadOut {
  const { length, windowEnds, facts } = index;
  const { trainTokens, heldOutTokens, heldOutIsTraining } = facts;
  const tokens = tokenSequence(folder, index.shards, index.dtype);
  const ends = windowEnds ? windowEndsOf(tokenizer) : undefined;
  // Where nothing is trained on, all is held out, and counted.
  const counted = trainTokens || heldOutTokens;
  const training = () => ({ train: tokens.readNow(0, Math.min(counted, MOST_COUNTED)) });
  return {
    ...{ tokenizer, bytes: 0, isPrompted: false, takeTraining: training, notes: countedNote(counted) },
    takeHeldOut(most) {
      const [start, there] = heldOutIsTraining ? [0, trainTokens] : [trainTokens, heldOutTokens];
      const wanted = Math.min(there, MOST_HELD_OUT, most * spanOf(length, ends));
      return consecutiveWindows(tokens.readNow(start, wanted), length, most, ends);
    },
    findWords: () => wordsOfTokens(training().train, tokenizer),
    loader({ length: wanted, batch, random, rank, ranks }) {
      if (!trainTokens) refuseTraining();
      const span = spanOf(wanted, ends);
      const sequences = shuffledByEpoch(windowsIn(trainTokens, wanted, ends), batch, random, { rank, ranks });
      return readingAhead({ batch, length: wanted }, async (k) => {
        const read = sequences(k).map((window) => tokens.read(window * span, span));
        const joined = new Int32Array(batch * span);
        (await Promise.all(read)).forEach((ids, row) => joined.set(ids, row * span));
        return consecutiveWindows(joined, wanted, batch, ends);
      });
    },
  };
}

/** Rows of a sequence, with their prompts where they have some. */
function rowsOf(sequence: TokenSequence, { length, isPrompted }: ShardIndex) {
  const width = length + Number(isPrompted);
  const partOf = (numbers: Int32Array) => {
    if (!isPrompted) return { tokens: numbers, length };
    const count = numbers.length / width;
    const [tokens, prompts] = [new Int32Array(count * length), new Int32Array(count)];
    for (let row = 0; row < count; row++) {
      prompts[row] = numbers[row * width]!;
      tokens.set(numbers.subarray(row * width + 1, (row + 1) * width), row * length);
    }
    return { tokens, length, prompts };
  };
  return {
    count: sequence.length / width,
    firstRows: (most: number) => partOf(sequence.readNow(0, Math.min(sequence.length, most * width))),
    async rowsAt(rows: readonly number[]) {
      const read = await Promise.all(rows.map((row) => sequence.read(row * width, width)));
      const joined = new Int32Array(rows.length * width);
      read.forEach((numbers, i) => joined.set(numbers, i * width));
      return partOf(joined);
    },
  };
}

/** Documents as rows, each by itself. */
function readRows(folder: string, index: ShardIndex, tokenizer: Tokenizer, asked: RowOptions): ReadOut {
  const { length, dtype, padId, isPrompted, windowEnds, facts } = index;
  const rowStart = rowStartIn(tokenizer, asked.rowStart);
  const padding = unlearnedPadding(asked.padding, padId!, windowEnds ? windowEndsOf(tokenizer) : undefined);
  const [train, heldOut] = [index.shards, index.heldOutShards].map((shards) =>
    rowsOf(tokenSequence(folder, shards, dtype), index),
  ) as [ReturnType<typeof rowsOf>, ReturnType<typeof rowsOf>];
  const mostCounted = Math.floor(MOST_COUNTED / length);
  const counted = train.count ? train : heldOut;
  const begun = (part: ReturnType<typeof train.firstRows>) => firstRows({ ...part, beginId: rowStart, padding });
  return {
    ...{
      tokenizer,
      bytes: 0,
      padId: padId!,
      rowStart,
      isPrompted,
      notes: countedNote(facts.trainTokens || facts.heldOutTokens),
    },
    takeTraining() {
      const { ids, length: rowLength } = begun(counted.firstRows(mostCounted));
      return { train: ids, rowLength };
    },
    takeHeldOut(most) {
      const there = facts.heldOutIsTraining ? train : heldOut;
      return begun(there.firstRows(Math.min(most, Math.floor(MOST_HELD_OUT / length))));
    },
    findWords: () => wordsOfTokens(counted.firstRows(mostCounted).tokens, tokenizer, length),
    loader({ length: given, batch, random, rank, ranks }) {
      if (!train.count) refuseTraining();
      const width = rowWidth(length, rowStart, given);
      const sequences = shuffledByEpoch(train.count, batch, random, { rank, ranks });
      return readingAhead({ batch, length: width }, async (k) => begun(await train.rowsAt(sequences(k))));
    },
  };
}

/** What reads each layout. */
export const READ_LAYOUT: Readonly<
  Record<Layout, (folder: string, index: ShardIndex, tokenizer: Tokenizer, asked: RowOptions) => ReadOut>
> = { packed: readWindows, rows: readRows };
