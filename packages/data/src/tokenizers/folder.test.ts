import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { inFolder, put, useFolder } from '../../test/corpus-files';
import { byteVocabulary, wordVocabulary } from '../../test/vocabularies';
import { byteTokenizer } from './bytes';
import { characterTokenizer } from './character';
import { loadTokenizer, saveTokenizer } from './folder';
import { tokenizerFiles } from './saved-files';
import { readJsonFile } from './json-file';
import { makeTokenizer } from './make-tokenizer';
import { encodePiece } from './piece';

useFolder();

describe('readJsonFile', () => {
  it.each([
    ['{"a": 1}', { a: 1 }],
    ['\uFEFF{"a": 1}\n', { a: 1 }],
    ['{}', {}],
  ])('reads %j', async (text, value) => {
    expect(await readJsonFile(await put({ 'a.json': text }, 'a.json'))).toEqual(value);
  });

  it.each([
    ['', 'is no JSON.'],
    ['{"a": 1', 'is no JSON.'],
    ['[1]', 'holds no JSON object.'],
    ['null', 'holds no JSON object.'],
    ['"a"', 'holds no JSON object.'],
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      'is a Git LFS pointer, not the file; run git lfs pull.',
    ],
  ])('refuses %j by its path', async (text, sentence) => {
    const path = await put({ 'a.json': text }, 'a.json');
    await expect(readJsonFile(path)).rejects.toThrow(`${path} ${sentence}`);
    await expect(readJsonFile(path)).rejects.toMatchObject({ name: 'InputError' });
  });

  it('is nothing where there is no file, and refused where there is a folder', async () => {
    expect(await readJsonFile(inFolder('none.json'))).toBeUndefined();
    await put({ a: 'x' });
    expect(await readJsonFile(inFolder('a', 'b.json'))).toBeUndefined();
    await mkdir(inFolder('d.json'));
    await expect(readJsonFile(inFolder('d.json'))).rejects.toThrow(`${inFolder('d.json')} cannot be read (EISDIR`);
  });
});

describe('loadTokenizer', () => {
  it('takes the folder, the file in it, or a file of another name', async () => {
    await saveTokenizer(inFolder(), byteVocabulary());
    const { 'tokenizer.json': json } = tokenizerFiles(byteVocabulary());
    await put({ 'other.json': json });
    for (const path of [inFolder(), inFolder('tokenizer.json'), inFolder('other.json')])
      expect((await loadTokenizer(path)).endOfTextId).toBe(256);
  });

  it('says what is wanted in the place of what is there', async () => {
    const file = await put({ 'vocab.txt': 'a\nb\n' }, 'vocab.txt');
    await expect(loadTokenizer(file)).rejects.toThrow(
      `${file} is a file; name a tokenizer.json, or its folder, ${inFolder()}, which is to hold tokenizer.json.`,
    );
    await expect(loadTokenizer(inFolder())).rejects.toThrow(`${inFolder()} holds no tokenizer.json.`);
    await expect(loadTokenizer(inFolder('gpt'))).rejects.toThrow(
      `${inFolder('gpt')} does not exist; name a tokenizer.json, or a folder that holds it. Names of the Hugging Face hub are not fetched: download the model and give its folder.`,
    );
  });

  it('names the folder of a tokenizer of ours that is damaged', async () => {
    await saveTokenizer(inFolder(), characterTokenizer(['a', 'b']));
    await writeFile(inFolder('tokenizer.json'), '{"model": {}}');
    await expect(loadTokenizer(inFolder())).rejects.toThrow(
      `${inFolder()} holds no tokenizer that can be used: tokenizer.json holds no vocabulary; the file is damaged.`,
    );
  });

  it('normalises as the folder says, unless another is asked for', async () => {
    await saveTokenizer(inFolder(), byteTokenizer('lowercase'));
    const asSaved = await loadTokenizer(inFolder());
    const asAsked = await loadTokenizer(inFolder(), 'none');
    expect([asSaved.normalise, asSaved.decode(asSaved.encode('Sea'))]).toEqual(['lowercase', 'sea']);
    expect([asAsked.normalise, asAsked.decode(asAsked.encode('Sea'))]).toEqual(['none', 'Sea']);
  });
});

describe('tokenizerFiles', () => {
  it('keeps what a configuration held, with ours beside it', async () => {
    const { json } = byteVocabulary();
    const foreign = { model_max_length: 1024, bos_token: { content: '<|endoftext|>' }, idlm: { kind: 'characters' } };
    await put({
      'tokenizer.json': JSON.stringify(json),
      'tokenizer_config.json': JSON.stringify({ ...foreign, idlm: undefined }),
    });
    await saveTokenizer(inFolder(), await loadTokenizer(inFolder(), 'lowercase'));
    expect(JSON.parse(await readFile(inFolder('tokenizer_config.json'), 'utf8'))).toEqual({
      ...{ model_max_length: 1024, bos_token: { content: '<|endoftext|>' }, mask_token: '[MASK]' },
      idlm: { kind: 'hugging-face', normalise: 'lowercase' },
    });
  });

  it('is the same again when what it wrote is loaded, for any of them', async () => {
    for (const tokenizer of [
      byteTokenizer(),
      byteTokenizer('letters', { beginning: true }),
      characterTokenizer(['a', '鯨', '😀', ' '], 'lowercase'),
      byteVocabulary(['<|endoftext|>', '[PAD]', '<mask>']),
      wordVocabulary(['the', 'sea']),
    ]) {
      await saveTokenizer(inFolder(), tokenizer);
      expect(tokenizerFiles(await loadTokenizer(inFolder()))).toEqual(tokenizerFiles(tokenizer));
    }
  });
});

describe('makeTokenizer', () => {
  const parts = {
    ...{ spec: { name: 'ab' }, vocabSize: 5, maskId: 4, json: {} },
    encode: (text: string) => Int32Array.from(text, (one) => 'ab \n'.indexOf(one)),
    decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => 'ab \n▁'[id] ?? '\uFFFD').join(''),
  };

  it('gives what follows from its parts', () => {
    const made = makeTokenizer(parts, 'lowercase');
    expect([...made.encode('AB')]).toEqual([0, 1]);
    expect([made.addedMask, made.config, [...made.separator], made.lost('A\uD800')]).toEqual([false, {}, [3], 1]);
  });

  it.each<[object, number[]]>([
    [{ endOfTextId: 1 }, [1]],
    [{ separator: Int32Array.of(2) }, [2]],
    [{ unknownId: 3 }, [2]],
    [{ encode: () => new Int32Array(0) }, []],
    [{ encode: () => Int32Array.of(0), unknownId: 0 }, []],
  ])('parts documents by what the vocabulary has: %j', (more, separator) => {
    expect([...makeTokenizer({ ...parts, ...more }).separator]).toEqual(separator);
  });

  it('parts them by nothing where it refuses all', () => {
    const encode = () => {
      throw new Error('not in the vocabulary');
    };
    expect(makeTokenizer({ ...parts, encode }).separator).toEqual(new Int32Array(0));
  });
});

describe('encodePiece', () => {
  const letters = byteTokenizer('letters');
  it.each([
    ['the', 'the'],
    ['the ', 'the '],
    ['...the', ' the'],
    [' the, ', ' the '],
    ['7', ' '],
    [' ', ' '],
    ['', ''],
    ['İs', 'i s'],
  ])('keeps the spaces at the ends of %j', (text, read) => {
    expect(letters.decode(encodePiece(letters, text))).toBe(read);
  });

  it('is encode where nothing is taken from the ends', () => {
    for (const tokenizer of [byteTokenizer(), byteTokenizer('lowercase'), byteVocabulary()])
      expect(encodePiece(tokenizer, ' The ')).toEqual(tokenizer.encode(' The '));
  });
});
