import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { prepareCorpus } from '../corpora/prepare';
import { openCorpus } from '../corpora/read';
import { lostCharacters, normalise } from '../normalise';
import { byteTokenizer } from './bytes';
import { LETTERS, characterTokenizer } from './character';
import { loadTokenizer, saveTokenizer } from './folder';
import { tokenizerFiles } from './saved-files';
import { huggingFaceTokenizer } from './hugging-face';
import { addedToken } from './own-json';
import type { Tokenizer } from './tokenizer';

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

/** What Python's library does; see the script beside the file. */
interface Recorded {
  readonly name: string;
  readonly json: Record<string, unknown>;
  readonly rows: readonly { readonly text: string; readonly ids?: number[]; readonly decoded?: string }[];
}
const RECORDED = JSON.parse(
  readFileSync(join(__dirname, '../../test/fixtures/python-tokenizers.json'), 'utf8'),
) as Recorded[];
const recorded = (name: string) => RECORDED.find((entry) => entry.name === name)!.json;

const withoutUnknown = (json: Record<string, unknown>) => ({
  ...json,
  model: { ...(json['model'] as object), unk_token: null },
});

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

  it('is no word of a vocabulary of words or pieces either', () => {
    const parts = { normalizer: null, pre_tokenizer: { type: 'WhitespaceSplit' }, decoder: null };
    const wordLevel = { type: 'WordLevel', unk_token: '[UNK]', vocab: { '[UNK]': 0, the: 1, '[MASK]': 2 } };
    const wordPiece = { ...wordLevel, type: 'WordPiece', continuing_subword_prefix: '##' };
    for (const model of [wordLevel, wordPiece]) {
      const tokenizer = huggingFaceTokenizer({ ...parts, model });
      expect([tokenizer.maskId, ...tokenizer.encode('the [MASK]')]).toEqual([2, 1, 0]);
      expect(tokenizer.decode([1, 2, 1])).toBe('the ▁ the');
    }
    const letters = [...'<>mask'].map((letter) => [letter, -5]);
    const unigram = { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0], ['<mask>', -1], ...letters] };
    const tokenizer = huggingFaceTokenizer({ ...parts, model: unigram });
    expect([tokenizer.maskId, ...tokenizer.encode('<mask>')]).toEqual([1, 2, 4, 5, 6, 7, 3]);
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

describe('files for a network without a mask', () => {
  const saved = async (tokenizer: Tokenizer, vocabSize: number) => {
    const files = tokenizerFiles(tokenizer, { vocabSize });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return { files, loaded: await loadTokenizer(folder) };
  };

  it.each([
    ['a hub vocabulary', byteLevel(['<|endoftext|>'])],
    ['letters', characterTokenizer(LETTERS, 'letters')],
    ['bytes', byteTokenizer()],
  ])('have none either, and the same ids when they are read again: %s', async (_, tokenizer) => {
    const { files, loaded } = await saved(tokenizer, tokenizer.vocabSize - 1);
    expect(JSON.stringify(files)).not.toMatch(/mask/i);
    expect(loaded.encode('the sea')).toEqual(tokenizer.encode('the sea'));
    expect([loaded.maskId, loaded.vocabSize]).toEqual([tokenizer.maskId, tokenizer.vocabSize]);
    expect(tokenizerFiles(loaded)).toEqual(tokenizerFiles(tokenizer));
  });

  it('keep a mask that is a word of the vocabulary', async () => {
    const { files } = await saved(byteLevel(['[MASK]', '<|endoftext|>']), 256);
    expect(files).toEqual(tokenizerFiles(byteLevel(['[MASK]', '<|endoftext|>'])));
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
    await expect(loadTokenizer(file)).rejects.toThrow('is a Git LFS pointer');
    await writeFile(file, '[]');
    await expect(loadTokenizer(folder)).rejects.toThrow('holds no JSON object');
  });
});

describe("Python's tokenizers", () => {
  it.each(RECORDED)('has the same ids and texts: $name', ({ json, rows }) => {
    const tokenizer = huggingFaceTokenizer(json);
    for (const { text, ids, decoded } of rows) {
      if (ids) {
        expect(Array.from(tokenizer.encode(text))).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(decoded);
      } else expect(() => tokenizer.encode(text)).toThrow('The tokenizer has no token for');
    }
  });

  it.each(RECORDED)(
    'has them still when the tokenizer was saved, beside its configuration: $name',
    async ({ json, rows }) => {
      const config = {
        model_max_length: 512,
        remove_space: true,
        clean_up_tokenization_spaces: true,
        eos_token: '<x>',
      };
      await saveTokenizer(folder, huggingFaceTokenizer(json, config));
      const loaded = await loadTokenizer(folder);
      expect(loaded.config).toMatchObject(config);
      for (const { text, ids } of rows) if (ids) expect(Array.from(loaded.encode(text))).toEqual(ids);
    },
  );

  it('reads ours as we do, whatever the normalisation', () => {
    const text = 'Hello, World! ΟΔΟΣ';
    const letters = characterTokenizer(LETTERS, 'letters', { beginning: true });
    expect(Array.from(letters.encode(text))).toEqual([8, 5, 12, 12, 15, 0, 23, 15, 18, 12, 4]);
    const lower = characterTokenizer([...'helo,wrd! οδσ'], 'lowercase');
    expect(Array.from(lower.encode(text))).toEqual([0, 1, 2, 2, 3, 4, 9, 5, 3, 6, 2, 7, 8, 9, 10, 11, 10, 12]);
    for (const tokenizer of [letters, lower, byteTokenizer('letters'), byteTokenizer('lowercase'), byteTokenizer()]) {
      const foreign = huggingFaceTokenizer(tokenizer.json, tokenizer.config);
      expect(foreign.encode(text)).toEqual(tokenizer.encode(text));
      expect(foreign.decode(foreign.encode(text))).toBe(tokenizer.decode(tokenizer.encode(text)));
      expect([foreign.maskId, foreign.beginId, foreign.addedMask]).toEqual([
        tokenizer.maskId,
        tokenizer.beginId,
        false,
      ]);
    }
  });
});

it.each([
  [{ a: 0, c: 2, '[MASK]': 3 }, 'has "c" as 2; a tokenizer of characters has single ones with the ids from 0 on'],
  [{ a: 0, bc: 1, '[MASK]': 2 }, 'has "bc" as 1;'],
])('a saved tokenizer of characters is refused where its ids are not its own: %j', async (vocab, message) => {
  await saveTokenizer(folder, characterTokenizer(['a', 'b', 'c']));
  const json = { added_tokens: [], model: { type: 'WordLevel', vocab } };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
  await expect(loadTokenizer(folder)).rejects.toThrow(message);
});

describe('hub tokenizers', () => {
  it('give texts back, and clean them up only where their configuration asks for it', () => {
    const json = recorded('byte-level BPE');
    for (const text of ['a , b', "it 's", 'x ?', '\uFEFFno mark', ' the  sea\n\n'])
      expect(huggingFaceTokenizer(json).decode(huggingFaceTokenizer(json).encode(text))).toBe(text);
    const cleaned = huggingFaceTokenizer(json, { clean_up_tokenization_spaces: true });
    expect(cleaned.decode(cleaned.encode('a , b'))).toBe('a, b');
  });

  it('find an added token of white space that takes more of it away', () => {
    const json = recorded('byte-level BPE');
    const added_tokens = [{ ...addedToken(300, '\n\n'), lstrip: true, rstrip: true }];
    expect([...huggingFaceTokenizer({ ...json, added_tokens }).encode('a \n\n\n b')]).toEqual([64, 300, 65]);
  });

  it.each([
    [{ normalizer: { type: 'Sequence' } }, 'tokenizer.json cannot be used: '],
    [{ added_tokens: {} }, 'tokenizer.json cannot be used: '],
    [{ model: { type: 'WordLevel', vocab: { a: 0, b: '1' } } }, 'tokenizer.json gives "b" the id "1"; ids are whole'],
    [{ model: { type: 'Unigram', vocab: [] }, added_tokens: [] }, 'tokenizer.json holds no vocabulary'],
  ])('that are damaged are refused, not a fault of the program: %j', (parts, message) => {
    const damaged = () => huggingFaceTokenizer({ ...recorded('byte-level BPE'), ...parts });
    expect(damaged).toThrow(expect.objectContaining({ name: 'InputError' }));
    expect(damaged).toThrow(message);
  });

  it('without a list of added tokens have none', () => {
    const { json, encode } = huggingFaceTokenizer({ ...recorded('byte-level BPE'), added_tokens: null });
    expect([...encode('a b')]).toEqual([64, 220, 65]);
    expect(json).toMatchObject({ added_tokens: [{ content: '[MASK]' }] });
  });

  it.each(['byte-level BPE', 'Unigram, words not split', 'BPE, unknown ones joined'])(
    'cut long words where that changes nothing: %s',
    (name) => {
      const json = recorded(name);
      const [tokenizer, library] = [huggingFaceTokenizer(json), new Library(json, {})];
      const words = fc.constantFrom('t', 'h', 'e', 'the', 's', 'sea', 'ß', 'q', name.startsWith('Unigram') ? ' ' : 'a');
      fc.assert(
        fc.property(fc.array(words, { minLength: 1500, maxLength: 3000 }), (parts) => {
          const text = parts.join('');
          expect(Array.from(tokenizer.encode(text))).toEqual(library.encode(text).ids);
        }),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );

  it('take words of any length that they can cut, and say where they cannot', () => {
    const long = (more: readonly unknown[]) => {
      const json = recorded('Unigram, no first space');
      const model = json['model'] as { vocab: unknown[] };
      return huggingFaceTokenizer({ ...json, model: { ...model, vocab: [...model.vocab, ...more] } });
    };
    expect(long([]).encode('ab'.repeat(35_000))).toEqual(Int32Array.from({ length: 70_000 }, (_, i) => 1 + (i % 2)));
    const stuck = long([['aa', -2]]);
    expect(() => stuck.encode(`the ${'a'.repeat(100_000)}`)).toThrow('A word of 100001 characters, "▁aaaa');
  });

  it('refuse what they cannot say, with its line', () => {
    const wordLevel = huggingFaceTokenizer(recorded('WordLevel, nothing for the unknown'));
    expect(() => wordLevel.encode('the sea\nthe ship')).toThrow('no token for "ship", which stands in line 2');
    const letters = huggingFaceTokenizer(withoutUnknown(recorded('BPE, unknown ones joined')));
    expect(() => letters.encode('the\n\nthé')).toThrow('no token for "é", which stands in line 3');
    const masked = characterTokenizer(['a', '\n']).json;
    const { model } = masked as { model: object };
    const careless = huggingFaceTokenizer({ ...masked, model: { ...model, unk_token: '[MASK]' } });
    expect(() => careless.encode('a\nb')).toThrow('no token for "b", which stands in line 2');
    expect(() => huggingFaceTokenizer({ ...masked, normalizer: { type: 'Strange' } })).toThrow(
      'tokenizer.json cannot be used: Unknown Normalizer type: Strange.',
    );
  });

  it('show ids that they have not, and tell the unknown word', () => {
    const tokenizer = huggingFaceTokenizer(recorded('Whitespace'));
    expect(tokenizer.decode([1, 400, tokenizer.maskId])).toBe('the \uFFFD ▁');
    expect([tokenizer.unknownId, ...tokenizer.encode('the ship')]).toEqual([0, 1, 0]);
  });
});

describe('a corpus', () => {
  it('says which share of it the vocabulary lacks', async () => {
    await writeFile(join(folder, 'x.txt'), 'the whales the ship '.repeat(4));
    const { facts, notes } = await prepareCorpus({
      source: await openCorpus({ path: join(folder, 'x.txt') }),
      tokenizer: huggingFaceTokenizer(recorded('Whitespace')),
      layout: 'packed',
      length: 4,
    });
    expect([facts.unknownTokens, facts.tokens]).toEqual([4, 16]);
    expect(notes[0]).toBe(
      '25 % of the tokens are [UNK]: the vocabulary lacks what stood there, and the model cannot learn it.',
    );
  });
});

describe('normalisations', () => {
  it('letters is lower case, all but a … z as one space', () => {
    const slow = (text: string) =>
      text
        .replaceAll('Σ', 'σ')
        .toLowerCase()
        .replaceAll(/[^a-z]+/g, ' ')
        .trim();
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    const character = fc.oneof(fc.constantFrom('a', 'Z', ' ', '\n', '\u212a', '\u0130', 'é'), unit);
    fc.assert(
      fc.property(fc.array(character), (characters) => {
        expect(normalise(characters.join(''), 'letters')).toBe(slow(characters.join('')));
      }),
    );
  });

  it('are told what they lose', () => {
    expect(lostCharacters('Déjà vu, 鯨 😀\n\t the 1st', 'letters')).toBe(6);
    expect([lostCharacters('Déjà vu', 'lowercase'), lostCharacters('a\uD800b', 'none')]).toEqual([0, 1]);
    expect(byteTokenizer().decode(byteTokenizer().encode('\uFEFFa\uD800b'))).toBe('\uFEFFa\uFFFDb');
    expect([characterTokenizer(LETTERS, 'letters').lost('a-b'), byteLevel([]).lost('a-b')]).toEqual([1, 0]);
  });
});
