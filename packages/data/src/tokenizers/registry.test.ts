import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnknownName } from '@idlm/core-diffusion/choices';
import { commonWords, wordTokenizer } from '@idlm/tools/common-words';
import { prepareCorpus } from '../corpora/prepare';
import { corpusOf } from '../corpora/read';
import { loadTokenizer, saveTokenizer } from './folder';
import { makeTokenizer } from './make-tokenizer';
import { tokenizers } from './registry';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizers-'));
});
afterEach(() => rm(folder, { recursive: true }));

tokenizers.register('common-words', commonWords);

const spec = { name: 'common-words', options: { size: 3 } };
const text = 'the Sea, the ship, the sea and the whale and the sea';

describe('a type of tokenizers of one’s own', () => {
  it('is fitted to the text of a corpus, in the normalisation that is asked for', async () => {
    const source = corpusOf([{ text, prompt: 'the what' }]);
    const progress: number[] = [];
    const corpus = await prepareCorpus({
      ...{ source, tokenizer: spec, normalise: 'letters', layout: 'packed', length: 2 },
      onProgress: ({ bytes, total }) => progress.push(bytes / total),
    });
    const { tokenizer } = corpus;
    expect([tokenizer.spec, tokenizer.json, tokenizer.normalise]).toEqual([
      spec,
      { words: ['the', 'sea', 'and'] },
      'letters',
    ]);
    expect([...tokenizer.encode('The whale AND the sea!')]).toEqual([0, 3, 2, 0, 1]);
    expect(tokenizer.decode([0, 4, 1, 9])).toBe('the ▁ sea \uFFFD');
    expect(corpus.facts.unknownTokens).toBe(2);
  });

  it('reads texts as they are where nobody says otherwise, and characters reduce them to letters', async () => {
    const texts = async function* () {
      yield 'Sea Sea sea';
    };
    expect((await tokenizers.create(spec, { texts })).json).toEqual({ words: ['Sea', 'sea'] });
    expect((await tokenizers.create('characters', { texts })).vocabSize).toBe(28);
    const normalise = 'none';
    expect([...(await tokenizers.create('characters', { texts, normalise })).encode('Sea a')]).toEqual([1, 3, 2, 0, 2]);
  });

  it('is saved with its name and options, and made again from its files', async () => {
    const made = wordTokenizer(['the', 'sea'], spec.options, 'lowercase');
    await saveTokenizer(folder, made);
    expect(JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8'))).toEqual({
      idlm: { kind: 'common-words', options: { size: 3 }, normalise: 'lowercase' },
    });
    const loaded = await loadTokenizer(folder);
    expect([loaded.spec, loaded.vocabSize, loaded.maskId, loaded.unknownId]).toEqual([spec, 4, 3, 2]);
    expect([...loaded.encode('THE whale sea')]).toEqual([0, 2, 1]);
    expect((await loadTokenizer(folder, 'none')).encode('THE sea')).toEqual(Int32Array.of(2, 1));
  });

  it('is missed by its name where nobody has registered it', async () => {
    const made = wordTokenizer(['the'], {}, 'none');
    await saveTokenizer(folder, { ...made, spec: { name: 'rare-words' } });
    const missing = loadTokenizer(folder);
    await expect(missing).rejects.toBeInstanceOf(UnknownName);
    await expect(missing).rejects.toThrow(
      'holds a tokenizer of the type "rare-words", which nothing here has registered',
    );
  });

  it.each([
    [{ name: 'comon-words' }, 'There is no tokenizer named "comon-words"; did you mean "common-words"?'],
    [{ name: 'words of mine' }, 'choose one of characters, bytes, bpe, gpt2, common-words'],
    [{ name: 'bytes', options: { size: 3 } }, 'the bytes tokenizer has no option "size"'],
    [{ name: 'characters', options: { size: 3 } }, 'the characters tokenizer has no option "size"'],
  ])('is refused where it is mistyped: %j', async (wrong, message) => {
    await expect(tokenizers.create(wrong)).rejects.toThrow(message);
  });

  it('declares its options, which are checked and completed before it is made', async () => {
    const options = { size: { kind: 'number', default: 2, minimum: 1 } } as const;
    tokenizers.register('few-words', {
      ...{ description: 'the first words', options },
      fit: ({ size }) => ({
        ...wordTokenizer(['a', 'b', 'c'].slice(0, size), {}, 'none'),
        spec: { name: 'few-words' },
      }),
      load: commonWords.load,
    });
    expect((await tokenizers.create('few-words')).vocabSize).toBe(4);
    expect(tokenizers.withDefaults('few-words')).toEqual({ name: 'few-words', options: { size: 2 } });
    expect(tokenizers.withDefaults('a-folder')).toEqual({ name: 'a-folder' });
    const sized = (size: number | string) => tokenizers.create({ name: 'few-words', options: { size } });
    await expect(sized('x')).rejects.toThrow(
      'Option "size" of the few-words tokenizer must be a number; "x" was given.',
    );
    await expect(sized(0)).rejects.toThrow('must lie in [1, ∞); 0 was given.');
    const wrong = { ...commonWords, options: { size: 'numbr' } as never };
    expect(() => tokenizers.register('wrong-words', wrong)).toThrow('the tokenizer "wrong-words" declares its option');
  });

  it.each(['hugging-face', './mine', 'a/b', 'a\\b', 'bytes'])('cannot have the name %s', (name) => {
    expect(() => tokenizers.register(name, commonWords)).toThrow(/cannot be named|is registered already/);
  });

  it.each([
    [{ maskId: 4 }, 'The maskId of the tokenizer common-words must be one of its ids, 0 to 3; 4 was given.'],
    [{ padId: -1 }, 'The padId'],
    [{ beginId: 0.5 }, 'The beginId'],
  ])('has special tokens within its vocabulary: %j', (wrong, message) => {
    const parts = wordTokenizer(['the', 'sea'], {}, 'none');
    expect(() => makeTokenizer({ ...parts, ...wrong })).toThrow(message);
  });

  it('is refused where it makes no tokenizer, of text and of files', async () => {
    tokenizers.register('half-made', { ...commonWords, fit: () => ({ spec: { name: 'half-made' } }) as never });
    await expect(tokenizers.create('half-made')).rejects.toThrow(
      'The tokenizer "half-made" lacks vocabSize, which must be a number.',
    );
    const saying = { ...wordTokenizer(['the'], {}, 'none'), encode: () => [1] as never };
    tokenizers.register('of-arrays', {
      ...commonWords,
      fit: () => makeTokenizer({ ...saying, spec: { name: 'of-arrays' } }),
    });
    await expect(tokenizers.create('of-arrays')).rejects.toThrow(
      'encode of the tokenizer "of-arrays" must give an Int32Array; of no text it gave 1.',
    );
    const mute = { ...wordTokenizer(['the'], {}, 'none'), decode: () => undefined as never };
    tokenizers.register('mute', { ...commonWords, fit: () => makeTokenizer({ ...mute, spec: { name: 'mute' } }) });
    await expect(tokenizers.create('mute')).rejects.toThrow(
      'decode of the tokenizer "mute" must give a text; of no ids it gave undefined.',
    );
    tokenizers.register('unread', { ...commonWords, load: () => undefined as never });
    await saveTokenizer(folder, { ...wordTokenizer(['the'], {}, 'none'), spec: { name: 'unread' } });
    await expect(loadTokenizer(folder)).rejects.toThrow(
      'holds no tokenizer that can be used: The tokenizer "unread" is undefined',
    );
    expect(() => tokenizers.register('unfit', { ...commonWords, fit: undefined as never })).toThrow(
      '"unfit" lacks fit',
    );
  });
});
