import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from './folder';
import { tokenizerFiles } from './saved-files';
import { tokenizers } from './registry';
import type { Tokenizer } from './tokenizer';

/** Ids that Python's tokenizers 0.23 (with the file that is written here) and tiktoken 0.14 both give. */
const RECORDED: readonly (readonly [string, readonly number[]])[] = [
  ['Hello world', [15496, 995]],
  ['  leading spaces and\ttabs\n\nnew lines  ', [220, 3756, 9029, 290, 197, 8658, 82, 198, 198, 3605, 3951, 220, 220]],
  ["It's we'll I'd they've CAN'T", [1026, 338, 356, 1183, 314, 1549, 484, 1053, 15628, 6, 51]],
  ['日本語', [33768, 98, 17312, 105, 45739, 252]],
  ['<|endoftext|>Doc one.<|endoftext|>', [50256, 23579, 530, 13, 50256]],
  ['naïve café – “quotes” …', [2616, 38776, 40304, 784, 564, 250, 421, 6421, 447, 251, 3926]],
  [
    'x = foo(bar[1:2], 3.14e-10) # comment',
    [87, 796, 22944, 7, 5657, 58, 16, 25, 17, 4357, 513, 13, 1415, 68, 12, 940, 8, 1303, 2912],
  ],
  ['\u00a0nbsp\u2003em\u200bzw', [1849, 77, 24145, 447, 225, 368, 9525, 89, 86]],
  ['ſ K Å ﬁ ǅ', [129, 123, 509, 6184, 227, 27332, 105, 223, 220, 131, 227]],
  ['SolidGoldMagikarp', [46933, 42202]],
];

describe("GPT-2's tokenizer", () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await tokenizers.create('gpt2');
  });

  it.each(RECORDED)('gives the ids of Python: %j', (text, ids) => {
    expect(Array.from(tokenizer.encode(text))).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.byteLength!(ids)).toBe(Buffer.byteLength(text));
  });

  it('counts the bytes of a token that is part of a character', () => {
    expect([33768, 98].map((id) => tokenizer.byteLength!([id]))).toEqual([2, 1]);
    expect(Buffer.byteLength(tokenizer.decode([33768]))).toBe(3);
  });

  it('decodes characters whose second half stands for a mask inside', () => {
    const rats = '\u{1F400}\u{1F401}';
    expect(tokenizer.decode(tokenizer.encode(rats))).toBe(rats);
    expect(tokenizer.decode([tokenizer.maskId, 995])).toBe('▁ world');
  });

  it('has 50257 tokens, and the mask behind them', () => {
    const { vocabSize, maskId, endOfTextId, addedMask, json } = tokenizer;
    expect({ vocabSize, maskId, endOfTextId, addedMask }).toEqual({
      vocabSize: 50258,
      maskId: 50257,
      endOfTextId: 50256,
      addedMask: true,
    });
    const { merges } = json['model'] as { merges: readonly string[] };
    // The first and last lines of GPT-2's merges.txt.
    expect([merges.length, merges[0], merges[1], merges.at(-1)]).toEqual([50000, 'Ġ t', 'Ġ a', 'Ġg azed']);
  });

  it('is read again from the files that it writes, also from tokenizer.json alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gpt2-'));
    try {
      for (const [name, text] of Object.entries(tokenizerFiles(tokenizer, { vocabSize: 50257 })))
        await writeFile(join(folder, name), text);
      const again = await loadTokenizer(join(folder, 'tokenizer.json'));
      expect([again.vocabSize, again.maskId]).toEqual([50258, 50257]);
      for (const [text, ids] of RECORDED) expect(Array.from(again.encode(text))).toEqual(ids);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
