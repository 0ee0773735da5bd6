import type { TokenizerJson } from '../vocabulary';
import { BYTE_SYMBOLS } from './byte-symbols';
import { mergeTable } from './merge-table';
import { merging } from './merging';
import { wordTable } from './word-table';

/** Writes the ids of the word `units[start, end)` to `out` from `at` on, where there is room for 3 per unit. @returns how many */
export type UnitsEncoder = (units: Uint16Array, start: number, end: number, out: Int32Array, at: number) => number;

/** Merges as both kinds of file hold them: `"a b"`, or `["a", "b"]`. */
const pairOf = (merge: string | readonly [string, string]): readonly [string, string] => {
  if (typeof merge !== 'string') return merge;
  const space = merge.indexOf(' ', 1);
  return [merge.slice(0, space), merge.slice(space + 1)];
};

/** UTF-8 of code units, at most 3 bytes each, into `out`. @returns how many bytes */
function writeBytes(units: Uint16Array, start: number, end: number, out: Int32Array): number {
  let size = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i]!;
    if (unit < 0x80) out[size++] = unit;
    else if (unit < 0x800) {
      out[size++] = 0xc0 | (unit >> 6);
      out[size++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xfc00) === 0xd800 && i + 1 < end) {
      const code = 0x10000 + ((unit & 0x3ff) << 10) + (units[++i]! & 0x3ff);
      out[size++] = 0xf0 | (code >> 18);
      out[size++] = 0x80 | ((code >> 12) & 0x3f);
      out[size++] = 0x80 | ((code >> 6) & 0x3f);
      out[size++] = 0x80 | (code & 0x3f);
    } else {
      out[size++] = 0xe0 | (unit >> 12);
      out[size++] = 0x80 | ((unit >> 6) & 0x3f);
      out[size++] = 0x80 | (unit & 0x3f);
    }
  }
  return size;
}

/** What is read of a BPE model. */
interface BpeJson {
  readonly type?: string;
  readonly dropout?: number | null;
  readonly continuing_subword_prefix?: string | null;
  readonly end_of_word_suffix?: string | null;
  readonly ignore_merges?: boolean;
  readonly vocab?: Readonly<Record<string, number>>;
  readonly merges?: readonly (string | readonly [string, string])[];
}

/** The ids of the 256 bytes and the merges of a vocabulary; undefined where it is no byte-level BPE, or a byte has no id. */
function tablesOf({ vocab = {}, merges = [], ...model }: BpeJson) {
  const isPlain = !model.dropout && !model.continuing_subword_prefix && !model.end_of_word_suffix;
  if (model.type !== 'BPE' || !isPlain) return undefined;
  const ids = new Map(Object.entries(vocab));
  const bytes = BYTE_SYMBOLS.map((symbol) => ids.get(symbol));
  if (bytes.includes(undefined)) return undefined;
  const pairs = merges.map((merge) => {
    const [left, right] = pairOf(merge);
    return [ids.get(left), ids.get(right), ids.get(left + right)];
  });
  if (pairs.some((pair) => pair.includes(undefined))) return undefined;
  return { bytes: Int32Array.from(bytes as number[]), table: mergeTable(pairs as [number, number, number][]), ids };
}

/** A word as a vocabulary of bytes names it. */
const symbolsOf = (bytes: Int32Array, count: number): string =>
  Array.from(bytes.subarray(0, count), (byte) => BYTE_SYMBOLS[byte]).join('');

/**
 * The words of a byte-level BPE vocabulary, such as GPT-2's, as ids. Words are spelt once and remembered.
 * @returns undefined where the model is of another kind, or a byte or a merged pair has no id
 */
export function byteLevelBpe(json: TokenizerJson['model']): UnitsEncoder | undefined {
  const tables = tablesOf((json ?? {}) as BpeJson);
  if (!tables) return undefined;
  const { bytes, table, ids } = tables;
  const isWhole = (json as BpeJson).ignore_merges === true;
  const merge = merging(table);
  const words = wordTable();
  let spelt = new Int32Array(256);
  const spell = (units: Uint16Array, start: number, end: number): number => {
    if (spelt.length < 3 * (end - start)) spelt = new Int32Array(6 * (end - start));
    const count = writeBytes(units, start, end, spelt);
    const whole = isWhole ? ids.get(symbolsOf(spelt, count)) : undefined;
    if (whole !== undefined) {
      spelt[0] = whole;
      return 1;
    }
    for (let i = 0; i < count; i++) spelt[i] = bytes[spelt[i]!]!;
    return merge(spelt, count);
  };
  return (units, start, end, out, at) => {
    const known = words.take(units, start, end, out, at);
    if (known >= 0) return known;
    const count = spell(units, start, end);
    words.keep(units, start, end, spelt, count);
    out.set(spelt.subarray(0, count), at);
    return count;
  };
}
