import type { RowCorpus } from '../tokens/token-corpus';
import type { TokenArray } from '../tokens/token-store';
import { type Batch, type MemoryLoader, type Randomness, checkBatch } from './loader';

/** Padding of which nothing is learned, and none counts. */
export interface UnlearnedPadding {
  readonly padId: number;
  /** Whether it is noised as text is (default: it is given, like a prompt). */
  readonly isNoised?: boolean;
  /** Whether the first of it ends the text, as where rows end with the very token that fills them up. */
  readonly endsText?: boolean;
}

/** How rows are read. */
export interface RowsOptions {
  /** A token that stands before every row and is given, like a prompt; rows are one token longer then. */
  readonly beginId?: number;
  /** Padding behind texts of which nothing is learned (default: it is text like any other, by which models learn to end rows). */
  readonly padding?: UnlearnedPadding;
}

/** Rows drawn from a corpus of padded rows. */
export interface RowLoaderOptions extends RowsOptions {
  readonly corpus: Pick<RowCorpus, 'train' | 'length' | 'prompts'>;
  readonly batch: number;
  readonly random: Randomness;
}

/** Where the padding of a row begins. */
function textEnd(row: Int32Array, { padId, endsText = false }: UnlearnedPadding): number {
  const end = row.findLastIndex((id) => id !== padId) + 1;
  return endsText ? Math.min(end + 1, row.length) : end;
}

/** 1 between two places of each row, [B·L]. */
function marked(
  rows: readonly Int32Array[],
  between: (row: number) => readonly [from: number, to: number],
): Uint8Array {
  const length = rows[0]?.length ?? 0;
  const marks = new Uint8Array(rows.length * length);
  rows.forEach((_, row) => {
    const [from, to] = between(row);
    marks.fill(1, row * length + from, row * length + Math.max(from, to));
  });
  return marks;
}

/**
 * Which tokens of rows are to be learned, and which count, as far as that is not all.
 * @param given how many of each row's first tokens are given; undefined where none ever is
 */
function marksOf(
  rows: readonly Int32Array[],
  given: readonly number[] | undefined,
  padding: UnlearnedPadding | undefined,
): Pick<Batch, 'valid' | 'counted'> {
  const ends = rows.map((row) => (padding ? textEnd(row, padding) : row.length));
  const from = (row: number) => given?.[row] ?? 0;
  if (padding && !padding.isNoised) return { valid: marked(rows, (row) => [from(row), ends[row]!]) };
  return {
    ...(given ? { valid: marked(rows, (row) => [from(row), rows[row]!.length]) } : {}),
    ...(padding ? { counted: marked(rows, (row) => [0, ends[row]!]) } : {}),
  };
}

/** A part of a corpus of padded rows, [N, L], as batches are made of it. */
export interface RowPart extends RowsOptions {
  readonly tokens: TokenArray;
  readonly length: number;
  /** Tokens of each row's prompt. */
  readonly prompts?: Int32Array;
}

/** Some rows by their numbers, behind their beginning, with marks of what is given and what counts. */
function batchOf({ tokens, length, prompts, beginId, padding }: RowPart, rows: readonly number[]): Batch {
  const first = beginId === undefined ? 0 : 1;
  const width = length + first;
  const ids = new Int32Array(rows.length * width);
  rows.forEach((row, i) => {
    if (beginId !== undefined) ids[i * width] = beginId;
    ids.set(tokens.subarray(row * length, (row + 1) * length), i * width + first);
  });
  const given = prompts || first ? rows.map((row) => (prompts?.[row] ?? 0) + first) : undefined;
  const each = rows.map((_, i) => ids.subarray(i * width, (i + 1) * width));
  return { ids, batch: rows.length, length: width, ...marksOf(each, given, padding) };
}

/**
 * Whole rows of the training part, each drawn evenly among all, with marks where something of them is given or does not count.
 * @throws InputError for a batch of no row
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { LETTERS, characterTokenizer, packRows, rowLoader } from '@idlm/data';
 *
 * const tokenizer = characterTokenizer(LETTERS, 'letters', { beginning: true });
 * const corpus = await packRows(['whale', 'ship', 'sea'], tokenizer, { length: 5, share: 0 });
 * const loader = rowLoader({ corpus, beginId: tokenizer.beginId, batch: 2, random: randomStream(1) });
 * const { ids, valid } = loader.at(0); // [2 · 6]: rows are one token longer
 * console.log(tokenizer.decode(ids.subarray(0, 6)), ...valid!.subarray(0, 6)); // → sea   0 1 1 1 1 1
 * ```
 */
export function rowLoader({ corpus, beginId, padding, batch, random }: RowLoaderOptions): MemoryLoader {
  checkBatch(batch);
  const { train: tokens, length, prompts } = corpus;
  const count = tokens.length / length;
  const part = { tokens, length, prompts: prompts?.train, beginId, padding };
  return {
    batch,
    length: length + (beginId === undefined ? 0 : 1),
    at(k): Batch {
      const stream = random.split(k);
      return batchOf(
        part,
        Array.from({ length: batch }, () => Math.floor(stream.uniform() * count)),
      );
    },
  };
}

/** The first rows of a part, at most `most` of them, behind their beginning, with marks of what is given. */
export function firstRows(part: RowPart, most = Infinity): Batch {
  const count = Math.min(part.tokens.length / part.length, most);
  return batchOf(
    part,
    Array.from({ length: count }, (_, row) => row),
  );
}

/** All training rows, as `rowLoader` draws them. */
export const trainingRows = (
  { train: tokens, length, prompts }: Pick<RowCorpus, 'train' | 'length' | 'prompts'>,
  { beginId }: RowsOptions = {},
): Batch => firstRows({ tokens, length, prompts: prompts?.train, beginId }, Infinity);

/** The held-out rows, at most `most` of them, [count, L]: what evaluation compares samples with. */
export const heldOutRows = (
  { heldOut: tokens, length, prompts }: Pick<RowCorpus, 'heldOut' | 'length' | 'prompts'>,
  { most = Infinity, ...options }: RowsOptions & { readonly most?: number } = {},
): Batch => firstRows({ tokens, length, prompts: prompts?.heldOut, ...options }, most);
