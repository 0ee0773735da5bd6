import type { collector } from '../../tokens/collector';
import { wordPattern } from '../pre-tokenizer';
import type { TokenizerJson } from '../vocabulary';
import { type UnitsEncoder, byteLevelBpe } from './byte-level-bpe';
import { gpt2Words } from './gpt2-words';
import { textUnits } from './text-units';

/** Adds the ids of a text, which has no added tokens in it, to those before. */
export type TextIds = (text: string, ids: ReturnType<typeof collector>) => void;

/** A `pre_tokenizer`, as far as it is looked at. */
interface PreTokenizerJson {
  readonly type: string;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly pattern?: unknown;
  readonly pretokenizers?: readonly PreTokenizerJson[];
}

/** Calls back with each word of a text, as a range of its code units. */
type Cut = (text: string, units: Uint16Array, word: (start: number, end: number) => void) => void;

const cutWhole: Cut = (text, _, word) => {
  if (text) word(0, text.length);
};

function cutAsGpt2(): Cut {
  const wordEnd = gpt2Words();
  return (text, units, word) => {
    for (let start = 0; start < text.length;) {
      const end = wordEnd(units, start, text.length);
      word(start, end);
      start = end;
    }
  };
}

/** Words are what a pattern matches, and what lies between. */
function cutBy(pattern: RegExp): Cut {
  return (text, _, word) => {
    let last = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (index > last) word(last, index);
      if (found) word(index, index + found.length);
      last = index + found.length;
    }
    if (last < text.length) word(last, text.length);
  };
}

/** How a byte-level `pre_tokenizer` cuts a text: by GPT-2's pattern, by one of its own, or not at all; undefined for other kinds. */
function cutOf(json: PreTokenizerJson): { readonly cut: Cut; readonly isPrefixed: boolean } | undefined {
  const parts = json.type === 'Sequence' ? (json.pretokenizers ?? []) : [json];
  const [bytes, before, ...more] = parts.toReversed();
  if (bytes?.type !== 'ByteLevel' || more.length) return undefined;
  const isPrefixed = bytes.add_prefix_space ?? true;
  const usesPattern = bytes.use_regex ?? true;
  if (!before) return { cut: usesPattern ? cutAsGpt2() : cutWhole, isPrefixed };
  const isSplit = before.type === 'Split' && before.behavior === 'Isolated';
  if (!isSplit || usesPattern || isPrefixed) return undefined;
  return { cut: cutBy(wordPattern(before.pattern)), isPrefixed };
}

const encodeCut = (cut: Cut, encode: UnitsEncoder): TextIds => {
  const unitsOf = textUnits();
  let out = new Int32Array(1 << 12);
  return (text, ids) => {
    const units = unitsOf(text);
    let size = 0;
    cut(text, units, (start, end) => {
      // A word has at most 3 bytes for each unit.
      if (size + 3 * (end - start) > out.length) {
        ids.add(out.subarray(0, size));
        size = 0;
        if (3 * (end - start) > out.length) out = new Int32Array(3 * (end - start));
      }
      size += encode(units, start, end, out, size);
    });
    ids.add(out.subarray(0, size));
  };
};

/**
 * Ids of texts for vocabularies like GPT-2's, of which bytes are the letters: straight from code units to ids, without an object for
 * each word.
 * @returns undefined for tokenizers of other kinds
 */
export function byteLevelEncoder(json: TokenizerJson): TextIds | undefined {
  const pre = json['pre_tokenizer'] as PreTokenizerJson | null | undefined;
  const cutting = pre ? cutOf(pre) : undefined;
  const encode = cutting && byteLevelBpe(json.model);
  if (!cutting || !encode) return undefined;
  const add = encodeCut(cutting.cut, encode);
  return cutting.isPrefixed ? (text, ids) => add(text.startsWith(' ') ? text : ` ${text}`, ids) : add;
}
