import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byteTokenizer } from './bytes';
import { LETTERS, characterTokenizer } from './character';
import { loadTokenizer, saveTokenizer, tokenizerFiles } from './folder';
import { huggingFaceTokenizer } from './hugging-face';
import { addedToken } from './own-json';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizers-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A byte-level vocabulary of the hub's, 0 … 255, with special tokens from 256 on. */
const byteLevel = (special: readonly string[], config: Record<string, unknown> = {}) => {
  const { json } = byteTokenizer();
  const { model } = json as { model: { vocab: Record<string, number> } };
  const vocab = Object.fromEntries(Object.entries(model.vocab).filter(([, id]) => id < 256));
  return huggingFaceTokenizer(
    { ...json, added_tokens: special.map((text, i) => addedToken(256 + i, text)), model: { ...model, vocab } },
    config,
  );
};

const bytes = (text: string) => Int32Array.from(Buffer.from(text));

describe('a mask', () => {
  it('is never a word of a text, whatever the vocabulary', () => {
    const text = 'the [MASK] sea, <mask>';
    for (const tokenizer of [
      byteTokenizer(),
      byteLevel(['[MASK]']),
      byteLevel(['<|endoftext|>', '<mask>']),
      byteLevel([]),
    ]) {
      expect(tokenizer.encode(text)).toEqual(bytes(text));
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    expect(byteLevel(['<|endoftext|>', '<mask>']).encode('a<|endoftext|>b')).toEqual(Int32Array.of(97, 256, 98));
  });

  it.each([
    [['<|endoftext|>', '<|mask|>'], { mask_token: '<|mask|>' }, 257, false],
    [['<|endoftext|>', '<|strange|>'], { mask_token: { content: '<|strange|>' } }, 257, false],
    [['<|endoftext|>', '<|mdm_mask|>', '<pad>'], {}, 257, false],
    [['<|endoftext|>'], { mask_token: '<blank>' }, 257, true],
    [['<|endoftext|>'], {}, 257, true],
  ])('is the one that the vocabulary %j has, as configured by %j', async (special, config, id, added) => {
    const tokenizer = byteLevel(special, config);
    expect([tokenizer.maskId, tokenizer.vocabSize, tokenizer.addedMask]).toEqual([
      id,
      256 + Math.max(special.length, 2),
      added,
    ]);
    await saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    expect([loaded.maskId, loaded.vocabSize, loaded.addedMask]).toEqual([id, tokenizer.vocabSize, added]);
    const named = (tokenizer.json as { added_tokens: { id: number; content: string }[] }).added_tokens.find(
      (token) => token.id === id,
    );
    expect(loaded.config['mask_token']).toBe(named!.content);
    expect(tokenizerFiles(loaded)).toEqual(tokenizerFiles(tokenizer));
  });
});

describe('special tokens', () => {
  it('are named by the configuration, else by their usual names', () => {
    const named = byteLevel(['<end>', '<fill>', '<start>'], {
      eos_token: '<end>',
      pad_token: { content: '<fill>' },
      bos_token: '<start>',
    });
    expect([named.endOfTextId, named.padId, named.beginId, [...named.separator]]).toEqual([256, 257, 258, [256]]);
    const gpt2 = byteLevel(['<|endoftext|>']);
    expect([gpt2.endOfTextId, gpt2.padId, gpt2.beginId, [...gpt2.separator]]).toEqual([256, 256, 256, [256]]);
    const bare = byteLevel([]);
    expect([bare.endOfTextId, bare.beginId, [...bare.separator]]).toEqual([undefined, undefined, [10]]);
  });

  it.each([
    ['letters', characterTokenizer(LETTERS, 'letters', { beginning: true }), 27],
    ['bytes', byteTokenizer('none', { beginning: true }), 256],
  ])('of ours: %s can have a beginning, which no text has', async (_, tokenizer, id) => {
    expect([tokenizer.beginId, tokenizer.maskId, tokenizer.vocabSize]).toEqual([id, id + 1, id + 2]);
    expect(tokenizer.encode('the [BOS]')).not.toContain(id);
    expect(tokenizer.decode([id, ...tokenizer.encode('the sea'), id + 1])).toBe('the sea▁');
    await saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    expect([loaded.beginId, loaded.maskId]).toEqual([id, id + 1]);
    expect(tokenizerFiles(loaded)).toEqual(tokenizerFiles(tokenizer));
  });

  it('separate documents as the alphabet can', () => {
    const separators = [['a', ' ', '\n'], ['a', ' '], ['a']].map((alphabet) => [
      ...characterTokenizer(alphabet).separator,
    ]);
    expect(separators).toEqual([[2], [1], []]);
    expect([...byteTokenizer('letters').separator, ...byteTokenizer().separator]).toEqual([32, 10]);
  });
});

describe('loadTokenizer', () => {
  it('reads files with a byte-order mark', async () => {
    const tokenizer = byteTokenizer('lowercase');
    for (const [name, text] of Object.entries(tokenizerFiles(tokenizer)))
      await writeFile(join(folder, name), `\uFEFF${text}`);
    expect(tokenizerFiles(await loadTokenizer(folder))).toEqual(tokenizerFiles(tokenizer));
  });

  it('says what stands in the place of a folder', async () => {
    const file = join(folder, 'tokenizer.json');
    await expect(loadTokenizer('gpt2-that-is-no-folder')).rejects.toThrow(
      'Names of the Hugging Face hub are not fetched',
    );
    await writeFile(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
    await expect(loadTokenizer(folder)).rejects.toThrow('is a Git LFS pointer, not the file; run git lfs pull');
    await expect(loadTokenizer(file)).rejects.toThrow(`is a file; name its folder, ${folder}`);
    await writeFile(file, '[]');
    await expect(loadTokenizer(folder)).rejects.toThrow('holds no JSON object');
  });
});
