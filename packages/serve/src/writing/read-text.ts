import type { FinishReason } from '@idlm/client';
import type { ServedModel } from '../models/served-model';
import type { TextRegion } from './plan';

/** The finished beginning of a text. */
export interface TextRead {
  /** What of the text is certain; it only grows. */
  readonly text: string;
  /** Tokens of it that were written, once it is finished. */
  readonly tokens: number;
  /** Why it ends; undefined as long as it goes on. */
  readonly finishReason?: FinishReason;
}

/** What a text is read by. */
export interface Reading {
  readonly tokenizer: Pick<ServedModel['tokenizer'], 'decode' | 'endOfTextId'>;
  readonly padId?: number;
  readonly region: TextRegion;
  /** What the text ends before. */
  readonly stop: readonly string[];
}

/** Text of the tokens from a position on; the ones before may decide how it is spelt. */
export function textFrom(ids: Int32Array, from: number, { decode }: Pick<ServedModel['tokenizer'], 'decode'>): string {
  const [whole, before] = [decode(ids), decode(ids.subarray(0, from))];
  return whole.startsWith(before) ? whole.slice(before.length) : decode(ids.subarray(from));
}

/** Where the tokens end: at an end of the text, or where what fills the row up begins. */
function endOfIds(ids: Int32Array, { tokenizer, padId, region }: Reading): number {
  const { from, isOpenEnded } = region;
  if (!isOpenEnded) return ids.length;
  const { endOfTextId } = tokenizer;
  const end = endOfTextId === undefined ? -1 : ids.indexOf(endOfTextId, from);
  let behind = end < 0 ? ids.length : end;
  while (behind > from && ids[behind - 1] === padId) behind--;
  return behind;
}

/** First of the stops in a text; its length where there is none. */
const endBefore = (text: string, stop: readonly string[]): number =>
  stop.reduce((first, one) => {
    const at = text.indexOf(one);
    return at < 0 ? first : Math.min(first, at);
  }, text.length);

/** Length of the text's end that may be the begin of a stop. */
function openStop(text: string, stop: readonly string[]): number {
  const longest = Math.max(0, ...stop.map(({ length }) => length - 1));
  for (let size = Math.min(longest, text.length); size > 0; size--)
    if (stop.some((one) => one.startsWith(text.slice(-size)))) return size;
  return 0;
}

/**
 * Reads a text whose first `settled` positions do not change any more.
 * @param tokens of the row, [L]
 */
export function readText(tokens: Int32Array, settled: number, reading: Reading): TextRead {
  const { tokenizer, region, stop } = reading;
  const { from, to, isOpenEnded } = region;
  const known = Math.min(settled, to);
  if (known <= from && known < to) return { text: '', tokens: 0 };
  const ids = tokens.subarray(0, known);
  const end = endOfIds(ids, reading);
  const isEnded = isOpenEnded && tokenizer.endOfTextId !== undefined && ids.indexOf(tokenizer.endOfTextId, from) >= 0;
  const text = textFrom(ids.subarray(0, end), from, tokenizer);
  const stopped = endBefore(text, stop);
  if (stopped < text.length) return { text: text.slice(0, stopped), tokens: end - from, finishReason: 'stop' };
  if (isEnded) return { text, tokens: end - from, finishReason: 'stop' };
  if (known === to) return { text, tokens: end - from, finishReason: end < known || !isOpenEnded ? 'stop' : 'length' };
  // Bytes of a character whose others are not there yet, and what may turn out to be a stop.
  const certain = text.replace(/\uFFFD+$/, '');
  return { text: certain.slice(0, certain.length - openStop(certain, stop)), tokens: 0 };
}
