import { InputError } from '@idlm/core-diffusion';
import {
  type Batch,
  type CorpusFacts,
  LETTERS,
  type Loader,
  type PackedCorpus,
  type Randomness,
  type RowCorpus,
  type Tokenizer,
  alphabetOf,
  byteTokenizer,
  characterTokenizer,
  consecutiveWindows,
  heldOutRows,
  loadTokenizer,
  packCorpus,
  packRows,
  rowLoader,
  windowLoader,
  wordsOf,
} from '@idlm/data';
import type { Config } from '../config';
import { type CorpusDocument, layoutOf, readDocuments } from './documents';

/** A corpus ready to train and evaluate on. */
export interface PreparedCorpus {
  readonly tokenizer: Tokenizer;
  /** The tokens; in rows, one padded row after another. */
  readonly packed: PackedCorpus;
  /** The token behind short rows; absent where text is packed. */
  readonly padId?: number;
  /** Held-out windows or rows of the configured length; training ones where nothing is held out. */
  readonly heldOut: Batch;
  /** The words of the training text, for the dictionary-word rate. */
  readonly words: ReadonlySet<string>;
  /** What a user should know of it, in sentences, such as what was left out. */
  readonly notes: readonly string[];
  /** How much text it is, and how it is split. */
  readonly facts: CorpusFacts;
  /** Batches of the training part. @throws InputError for another length than that of its rows */
  loader(options: { readonly length: number; readonly batch: number; readonly random: Randomness }): Loader;
}

const textsOf = (documents: readonly CorpusDocument[]): string[] =>
  documents.flatMap((document) => (typeof document === 'string' ? [document] : [document.prompt, document.text]));

async function tokenizerFor(data: Config['data'], documents: readonly CorpusDocument[]): Promise<Tokenizer> {
  const { tokenizer, normalise } = data;
  if (tokenizer === 'bytes') return byteTokenizer(normalise);
  if (tokenizer !== 'characters') return loadTokenizer(tokenizer);
  if (normalise === 'letters') return characterTokenizer(LETTERS, normalise);
  // Rows are filled up with spaces, whether or not the text has any.
  const padding = layoutOf(data) === 'rows' ? [' '] : [];
  return characterTokenizer(alphabetOf([...textsOf(documents), ...padding], normalise), normalise);
}

/** The tokens between two documents: a space, or a line end, where the vocabulary has one. */
function separatorOf(tokenizer: Tokenizer): Int32Array {
  if (tokenizer.kind === 'hugging-face') return new Int32Array(0);
  if (tokenizer.normalise === 'letters') return Int32Array.of(0);
  try {
    return tokenizer.encode('\n');
  } catch {
    return new Int32Array(0);
  }
}

/** How much text was read and what became of it. */
function factsOf(
  documents: readonly CorpusDocument[],
  { train, heldOut, hash }: PackedCorpus,
  heldOutIsTraining: boolean,
): CorpusFacts {
  return {
    documents: documents.length,
    characters: textsOf(documents).reduce((sum, { length }) => sum + length, 0),
    tokens: train.length + heldOut.length,
    trainTokens: train.length,
    heldOutTokens: heldOut.length,
    heldOutIsTraining,
    hash,
  };
}

const NOTHING_HELD_OUT = 'Nothing is held out, so samples are compared with the training text.';

async function prepareWindows(
  { length, heldOut: share }: Config['data'],
  documents: readonly string[],
  tokenizer: Tokenizer,
): Promise<PreparedCorpus> {
  const packed = await packCorpus(documents, tokenizer, { separator: separatorOf(tokenizer), share, least: length });
  const held = consecutiveWindows(packed.heldOut, length);
  const heldOut = held.batch ? held : consecutiveWindows(packed.train, length);
  if (!heldOut.batch)
    throw new InputError(
      `The corpus is shorter than one window of ${length} tokens; give more text or set data.length.`,
    );
  return {
    tokenizer,
    packed,
    heldOut,
    words: wordsOf(tokenizer.decode(packed.train)),
    notes: held.batch ? [] : [NOTHING_HELD_OUT],
    facts: factsOf(documents, packed, held.batch === 0),
    loader: (options) => windowLoader({ ...options, tokens: packed.train }),
  };
}

/** The words of padded rows: the last of one row and the first of the next stay two. */
function wordsOfRows({ train, length }: RowCorpus, tokenizer: Tokenizer): Set<string> {
  const rows = Array.from({ length: train.length / length }, (_, row) =>
    tokenizer.decode(train.subarray(row * length, (row + 1) * length)),
  );
  return wordsOf(rows.join('\n'));
}

/** The training rows' prompts in place of the held-out ones'. */
const promptsOfTraining = ({ prompts }: RowCorpus) => prompts && { ...prompts, heldOut: prompts.train };

async function prepareRows(
  { length, heldOut: share }: Config['data'],
  documents: readonly CorpusDocument[],
  tokenizer: Tokenizer,
): Promise<PreparedCorpus> {
  // Letters lose spaces at their ends, so a prompt and its text need one between them.
  const separator = tokenizer.normalise === 'letters' ? Int32Array.of(0) : new Int32Array(0);
  const rows = await packRows(documents, tokenizer, { length, share, separator });
  const held = heldOutRows(rows);
  const { dropped, padId } = rows;
  const counted = dropped === 1 ? '1 document is' : `${dropped} documents are`;
  return {
    tokenizer,
    packed: rows,
    padId,
    heldOut: held.batch ? held : heldOutRows({ ...rows, heldOut: rows.train, prompts: promptsOfTraining(rows) }),
    words: wordsOfRows(rows, tokenizer),
    notes: [
      ...(dropped ? [`${counted} longer than a row of ${length} tokens (data.length) and left out.`] : []),
      ...(held.batch ? [] : [NOTHING_HELD_OUT]),
    ],
    facts: factsOf(documents, rows, held.batch === 0),
    loader({ length: wanted, ...options }) {
      if (wanted !== length)
        throw new InputError(
          `The rows have ${length} tokens (data.length), the network ${wanted}; make them the same.`,
        );
      return rowLoader({ ...options, corpus: rows });
    },
  };
}

/**
 * Reads, encodes and splits the configured corpus.
 * @param given a model's own tokenizer, where the corpus must fit it
 * @throws InputError if the corpus is missing, empty, too short, has characters that the tokenizer lacks, or prompts where
 * text is packed
 */
export async function prepareCorpus(config: Config, given?: Tokenizer): Promise<PreparedCorpus> {
  const { data } = config;
  if (data.layout === 'packed' && data.promptField !== null)
    throw new InputError('Packed windows have no prompts; set data.layout to "rows", or data.promptField to null.');
  const documents = await readDocuments(data);
  const tokenizer = given ?? (await tokenizerFor(data, documents));
  return layoutOf(data) === 'rows'
    ? prepareRows(data, documents, tokenizer)
    : prepareWindows(data, textsOf(documents), tokenizer);
}
