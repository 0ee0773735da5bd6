import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { huggingFaceTokenizer } from '../hugging-face';
import { byteLevelBpe } from './byte-level-bpe';
import { gpt2Words } from './gpt2-words';
import { textUnits } from './text-units';

interface Recorded {
  readonly json: { readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly string[] } };
  /** Characters of each hash. */
  readonly some: number;
  readonly starts: readonly number[];
  readonly hashes: readonly string[];
}

const recorded = JSON.parse(
  readFileSync(join(__dirname, '../../../test/fixtures/python-characters.json'), 'utf8'),
) as Recorded;

/** The text that a hash was recorded for. */
function textOf(start: number, some: number): string {
  let text = '';
  for (let code = start; code < start + some; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const c = String.fromCodePoint(code);
    text += `a${c}1${c}!${c} ${c}`;
  }
  return text;
}

const wordsOf = (text: string): string[] => {
  const [units, wordEnd, words] = [textUnits()(text), gpt2Words(), [] as string[]];
  for (let start = 0; start < text.length;) {
    const end = wordEnd(units, start, text.length);
    words.push(text.slice(start, end));
    start = end;
  }
  return words;
};

/** GPT-2's pattern. On characters whose class no version of Unicode changed, it is what words are. */
const PATTERN = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

describe('gpt2Words', () => {
  it('cuts as the pattern does, wherever a text ends', () => {
    const part = fc.constantFrom(
      "'",
      's',
      'r',
      'e',
      'l',
      ' ',
      '  ',
      '\n',
      '\t',
      'a',
      '7',
      '½',
      'é',
      '東',
      '!',
      '🐋',
      '𝒶',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const text = parts.join('');
        expect(wordsOf(text)).toEqual(text.match(PATTERN));
      }),
      { numRuns: 300 },
    );
  });
});

describe('byte-level tokenizers', () => {
  it('give the ids of Python for every character of Unicode, whichever Unicode Node has', () => {
    const { encode } = huggingFaceTokenizer(recorded.json as never);
    const hashes = recorded.starts.map((start) => {
      const ids = encode(textOf(start, recorded.some));
      return createHash('sha256')
        .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
        .digest('hex');
    });
    expect(hashes).toEqual(recorded.hashes);
  });

  it('read merges as pairs like those as texts, and join whole words first where the model says so', () => {
    const { json } = recorded;
    const merges = json.model.merges.map((merge) => merge.split(' '));
    const text = "a\ta  1é '!é";
    const paired = huggingFaceTokenizer({ ...json, model: { ...json.model, merges } } as never);
    expect(paired.encode(text)).toEqual(huggingFaceTokenizer(json as never).encode(text));
    const last = Object.keys(json.model.vocab).length;
    const vocab = { ...json.model.vocab, word: last };
    const idsOf = (ignore_merges: boolean) =>
      Array.from(
        huggingFaceTokenizer({ ...json, model: { ...json.model, vocab, ignore_merges } } as never).encode('word'),
      );
    expect(idsOf(true)).toEqual([last]);
    expect(idsOf(false)).toHaveLength(4);
  });

  it('leave models of other kinds to the library', () => {
    const { model } = recorded.json;
    const [units, found] = [textUnits()('déjà'), new Int32Array(16)];
    const count = byteLevelBpe(model as never)!(units, 0, 4, found, 0);
    expect(Array.from(found.subarray(0, count))).toEqual(
      Array.from(huggingFaceTokenizer(recorded.json as never).encode('déjà')),
    );
    for (const other of [{ type: 'WordPiece' }, { end_of_word_suffix: '</w>' }, { dropout: 0.1 }, { vocab: { a: 0 } }])
      expect(byteLevelBpe({ ...model, ...other } as never)).toBeUndefined();
  });
});

describe('byteLevelBpe', () => {
  /** A vocabulary with random merges of a few letters. */
  const model = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 24 }).map((draws) => {
    const words = ['a', 'b', 'c'];
    const merges: string[] = [];
    for (const [i, j] of draws) {
      const [left, right] = [words[i % words.length]!, words[j % words.length]!];
      if (words.includes(left + right)) continue;
      merges.push(`${left} ${right}`);
      words.push(left + right);
    }
    const letters = Object.keys(recorded.json.model.vocab).slice(0, 256);
    const all = [...letters, ...words.slice(3)];
    return { ...recorded.json.model, vocab: Object.fromEntries(all.map((word, id) => [word, id])), merges };
  });

  it('joins pairs as the library does, in short words and long ones, again when they are remembered', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(model, fc.array(word, { minLength: 1, maxLength: 6 }), (one, words) => {
        const library = new Library({ ...(recorded.json as object), model: { ...one, unk_token: '?' } } as never, {});
        const encode = byteLevelBpe(one as never)!;
        const unitsOf = textUnits();
        for (const text of [...words, ...words]) {
          const out = new Int32Array(3 * text.length);
          const count = encode(unitsOf(text), 0, text.length, out, 0);
          const expected = library.model!._call([text]).map((token) => one.vocab[token]);
          expect(Array.from(out.subarray(0, count))).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('spells a word of hundreds of thousands of letters', () => {
    const merges = ['a a', 'aa aa', 'aaaa aaaa'];
    const letters = Object.keys(recorded.json.model.vocab).slice(0, 256);
    const vocab = Object.fromEntries([...letters, 'aa', 'aaaa', 'aaaaaaaa'].map((word, id) => [word, id]));
    const encode = byteLevelBpe({ ...recorded.json.model, merges, vocab } as never)!;
    const text = 'a'.repeat(300_003);
    const out = new Int32Array(3 * text.length);
    const count = encode(textUnits()(text), 0, text.length, out, 0);
    expect(count).toBe(37_502);
    expect(out[0]).toBe(258);
    expect([out[count - 2], out[count - 1]]).toEqual([256, vocab['a']]);
  });
});
