import { ByteLevelPreTokenizer, SequencePreTokenizer, SplitPreTokenizer } from '@huggingface/tokenizers';
import { gpt2Words } from './byte-level/gpt2-words';
import { textUnits } from './byte-level/text-units';

/**
 * Cuts a text into the words that a vocabulary's model spells one by one, and hands each on as it is found, so that a long
 * text never lies in memory as a list of its words.
 * @param isFirst whether the text is the beginning of the whole one
 */
export type PreTokenizer = (text: string, isFirst: boolean, word: (text: string) => void) => void;

/** A `pre_tokenizer` of `tokenizer.json`. */
interface PreTokenizerJson {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** What becomes of what a pattern matches, and of what lies between. */
type Behavior = 'Isolated' | 'Removed' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext';

/** Hands on what a pattern matches and what lies between, in order. */
function eachPiece(pattern: RegExp, text: string, piece: (text: string, isMatch: boolean) => void): void {
  let end = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (!found) continue;
    if (index > end) piece(text.slice(end, index), false);
    piece(found, true);
    end = index + found.length;
  }
  if (end < text.length) piece(text.slice(end), false);
}

/** Joins pieces as Python's library does: a match to its neighbour, or equals among neighbours. */
function merged(pieces: readonly (readonly [string, boolean])[], behavior: Behavior): string[] {
  const isForward = behavior !== 'MergedWithNext';
  const words: string[] = [];
  let previous: boolean | undefined = behavior === 'Contiguous' ? undefined : false;
  for (const [text, isMatch] of isForward ? pieces : pieces.toReversed()) {
    const joins = behavior === 'Contiguous' ? isMatch === previous : isMatch && !previous;
    const last = words.length - 1;
    if (joins && last >= 0) words[last] = isForward ? words[last]! + text : text + words[last]!;
    else words.push(text);
    previous = isMatch;
  }
  return isForward ? words : words.reverse();
}

/** A split at the matches of a pattern. Matches are told from what lies between, unless `invert` swaps them. */
function split(pattern: RegExp, behavior: Behavior, invert = false): PreTokenizer {
  if (behavior === 'Isolated') return (text, _, word) => eachPiece(pattern, text, word);
  if (behavior === 'Removed')
    return (text, _, word) =>
      eachPiece(pattern, text, (piece, isMatch) => {
        if (isMatch === invert) word(piece);
      });
  return (text, _, word) => {
    const pieces: [string, boolean][] = [];
    eachPiece(pattern, text, (piece, isMatch) => pieces.push([piece, isMatch !== invert]));
    merged(pieces, behavior).forEach(word);
  };
}

/** GPT-2's words. */
function gpt2(): PreTokenizer {
  const [unitsOf, wordEnd] = [textUnits(), gpt2Words()];
  return (text, _, word) => {
    const units = unitsOf(text);
    for (let start = 0; start < text.length;) {
      const end = wordEnd(units, start, text.length);
      word(text.slice(start, end));
      start = end;
    }
  };
}

/** Word characters, as Python's regular expressions have them. */
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';

const byteSpelling = new ByteLevelPreTokenizer({ type: 'ByteLevel', add_prefix_space: false, use_regex: false });

/** The bytes of a word as the letters of a byte-level vocabulary; those of printable ASCII are themselves, a space is `Ġ`. */
function spellBytes(word: string): string {
  if (/^ ?[!-~]+$/.test(word)) return word.startsWith(' ') ? `Ġ${word.slice(1)}` : word;
  return byteSpelling.pre_tokenize_text(word)[0] ?? '';
}

function byteLevel({ add_prefix_space: prefix, use_regex: usesPattern = true }: PreTokenizerJson): PreTokenizer {
  const words = usesPattern ? gpt2() : undefined;
  return (text, isFirst, word) => {
    const whole = prefix && !text.startsWith(' ') ? ` ${text}` : text;
    const spell = (part: string) => word(spellBytes(part));
    if (words) words(whole, isFirst, spell);
    else spell(whole);
  };
}

/** Spaces as `▁`, one before the text by `prepend_scheme`; every `▁` begins a word unless `split` is false. */
function metaspace(json: PreTokenizerJson): PreTokenizer {
  const { replacement: mark = '▁', prepend_scheme: scheme = 'always', split: isSplit = true } = json;
  const replacement = String(mark);
  return (text, isFirst, word) => {
    const marked = text.replaceAll(' ', replacement);
    const prepends = scheme === 'always' || (scheme === 'first' && isFirst);
    const whole = prepends && !marked.startsWith(replacement) ? replacement + marked : marked;
    if (!isSplit) return word(whole);
    let start = 0;
    for (let next = whole.indexOf(replacement, 1); next >= 0; next = whole.indexOf(replacement, next + 1)) {
      word(whole.slice(start, next));
      start = next;
    }
    if (start < whole.length) word(whole.slice(start));
  };
}

/** One after another, each on the words of the one before. */
const chain =
  (first: PreTokenizer, next: PreTokenizer): PreTokenizer =>
  (text, isFirst, word) => {
    let isBeginning = isFirst;
    first(text, isFirst, (part) => {
      next(part, isBeginning, word);
      isBeginning = false;
    });
  };

/** The library's own, for a kind that it reads as Python's does. */
function fromLibrary(json: PreTokenizerJson): PreTokenizer {
  const pre = new SequencePreTokenizer({ type: 'Sequence', pretokenizers: [json as never] });
  return (text, _, word) => pre.pre_tokenize_text(text).forEach(word);
}

/** A regular expression or a text of `tokenizer.json`, as the library compiles it for JavaScript. */
export function wordPattern(pattern: unknown): RegExp {
  const compiled = new SplitPreTokenizer({
    type: 'Split',
    pattern: pattern as never,
    behavior: 'Isolated',
    invert: true,
  });
  return compiled.pattern ?? /(?!)/gu;
}

/** Kinds in which the library differs from Python's, by their names. */
const KINDS: Readonly<Record<string, (json: PreTokenizerJson) => PreTokenizer>> = {
  ByteLevel: byteLevel,
  Metaspace: metaspace,
  Sequence: ({ pretokenizers }) => (pretokenizers as PreTokenizerJson[]).map(preTokenizer).reduce(chain),
  Split: ({ pattern, behavior, invert }) => split(wordPattern(pattern), behavior as Behavior, Boolean(invert)),
  Punctuation: ({ behavior = 'Isolated' }) => split(/[\p{P}!-/:-@[-`{-~]/gu, behavior as Behavior),
  Digits: ({ individual_digits: single }) => split(/\p{N}/gu, single ? 'Isolated' : 'Contiguous'),
  CharDelimiterSplit: ({ delimiter }) => split(wordPattern({ String: delimiter }), 'Removed'),
  WhitespaceSplit: () => split(/\p{White_Space}/gu, 'Removed'),
  Whitespace: () => split(new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu'), 'Removed', true),
};

/**
 * What a `pre_tokenizer` of `tokenizer.json` does in Python's `tokenizers`.
 * @throws Error for a kind that is not known
 */
export function preTokenizer(json: PreTokenizerJson): PreTokenizer {
  const kind = Object.hasOwn(KINDS, json.type) ? KINDS[json.type]! : fromLibrary;
  return kind(json);
}
