import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder, useFolder } from '../../test/corpus-files';
import { byteVocabulary } from '../../test/vocabularies';
import { corpusOf } from '../corpora/read';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { loadTokenizer, saveTokenizer } from '../tokenizers/folder';
import { huggingFaceTokenizer } from '../tokenizers/hugging-face';
import { tokenizers } from '../tokenizers/registry';
import { encodingHash } from './encoding-hash';
import { type ShardIndex, readIndex } from './index-file';
import { openShards } from './open-shards';
import { writeShards } from './write-shards';

useFolder();

const out = () => inFolder('prepared');
const write = () =>
  writeShards({
    ...{ source: corpusOf(['the sea '.repeat(40)]), tokenizer: byteTokenizer(), layout: 'packed', length: 8 },
    ...{ out: out(), threads: 0 },
  });
/** Writes the index again, otherwise. */
const change = async (make: (index: Record<string, unknown>) => unknown) => {
  const path = join(out(), 'index.json');
  const index = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify(make(index)));
};

describe('index.json', () => {
  it('is what writeShards gives back', async () => {
    const index = await write();
    expect(await readIndex(out())).toEqual(index);
    expect(index).toMatchObject({
      ...{ format: 1, layout: 'packed', dtype: 'uint16', length: 8, windowEnds: false, separator: null },
      ...{ isPrompted: false, promptSeparator: null, promptField: null, padId: null, heldOut: 0.1, source: [] },
    } satisfies Partial<ShardIndex>);
  });

  it('of another program is none, nor is a folder without one', async () => {
    expect(await readIndex(inFolder('nowhere'))).toBeUndefined();
    await mkdir(out());
    expect(await readIndex(out())).toBeUndefined();
    await writeFile(join(out(), 'index.json'), '[{"text": "the sea"}]');
    expect(await readIndex(out())).toBeUndefined();
  });

  it.each<[string, (index: Record<string, unknown>) => unknown]>([
    ['another format', (index) => ({ ...index, format: 2 })],
    ['no format', ({ format: _, ...index }) => index],
    ['a list', (index) => [index]],
    ['null', () => null],
    ['members that all objects inherit', () => JSON.parse('{"__proto__": {"format": 1}}') as unknown],
    ['shards that are none', (index) => ({ ...index, shards: 'shard-00000.bin' })],
    ['shards without a name', (index) => ({ ...index, shards: [{ count: 3, sha256: 'ab' }] })],
    [
      'shards of another folder',
      (index) => ({ ...index, shards: [{ file: '../x.bin', count: 3, documents: 1, sha256: 'ab' }] }),
    ],
    [
      'a count that is none',
      (index) => ({ ...index, heldOutShards: [{ file: 'x.bin', count: -1, documents: 1, sha256: '' }] }),
    ],
    ['another way of writing tokens', (index) => ({ ...index, dtype: 'int8' })],
    ['no layout', (index) => ({ ...index, layout: undefined })],
    ['a layout that there is not', (index) => ({ ...index, layout: 'columns' })],
    ['no length', (index) => ({ ...index, length: undefined })],
    ['a length of nothing', (index) => ({ ...index, length: 0 })],
    ['no facts', ({ facts: _, ...index }) => index],
    ['half its facts', (index) => ({ ...index, facts: { trainTokens: 4 } })],
    ['no notes', ({ notes: _, ...index }) => index],
    ['rows without padding', (index) => ({ ...index, layout: 'rows' })],
  ])('with %s is refused, by its path', async (_, make) => {
    await write();
    await change(make);
    const sentence = `${join(out(), 'index.json')} tells of no prepared text of format 1; prepare the text again.`;
    await expect(readIndex(out())).rejects.toThrow(sentence);
    await expect(openShards(out())).rejects.toThrow(sentence);
  });

  it('that tells of more tokens to train on than there are is refused', async () => {
    await write();
    await change((index) => ({ ...index, facts: { ...(index['facts'] as object), trainTokens: 100_000 } }));
    await expect(openShards(out())).rejects.toThrow('tells of no prepared text of format 1');
  });

  it('names a file that is not there', async () => {
    await write();
    await change((index) => ({
      ...index,
      shards: [...(index['shards'] as object[]), { file: 'shard-00001.bin', count: 0, documents: 0, sha256: '' }],
    }));
    await expect(openShards(out())).rejects.toThrow(
      `${join(out(), 'shard-00001.bin')} is missing; put it back, or prepare the text again.`,
    );
    await rm(join(out(), 'tokenizer.json'));
    await expect(openShards(out())).rejects.toThrow(`${out()} holds no tokenizer.json.`);
  });

  it('is one too where its only file is not there, which is named', async () => {
    const { shards } = await write();
    expect(shards).toHaveLength(1);
    await rm(join(out(), shards[0]!.file));
    await expect(openShards(out())).rejects.toThrow(`${shards[0]!.file} is missing; put it back, or prepare`);
  });

  it('does not go with a tokenizer that was put in the place of its own', async () => {
    await write();
    await saveTokenizer(out(), byteTokenizer('lowercase'));
    await expect(openShards(out())).rejects.toThrow(
      `The tokenizer in ${out()} is not the one that its text was prepared with; prepare the text again.`,
    );
  });
});

describe('encodingHash', () => {
  const letters = characterTokenizer(LETTERS, 'letters');

  it('is another one wherever ids would be', async () => {
    const all = [
      letters,
      characterTokenizer(LETTERS, 'lowercase'),
      characterTokenizer([...LETTERS].reverse(), 'letters'),
      characterTokenizer(LETTERS, 'letters', { beginning: true }),
      byteTokenizer(),
      byteTokenizer('lowercase'),
      byteVocabulary(),
      byteVocabulary(['<|endoftext|>', '[PAD]']),
      byteVocabulary(
        ['<|endoftext|>'],
        [
          ['t', 'h'],
          ['h', 'e'],
        ],
      ),
      byteVocabulary(
        ['<|endoftext|>'],
        [
          ['h', 'e'],
          ['t', 'h'],
        ],
      ),
    ];
    expect(new Set(all.map(encodingHash)).size).toBe(all.length);
    const dropping = (ignore_merges: boolean) => {
      const { json, config } = byteVocabulary(['<|endoftext|>', '[MASK]']);
      return encodingHash(
        huggingFaceTokenizer({ ...json, model: { ...(json['model'] as object), ignore_merges } }, config),
      );
    };
    expect(dropping(true)).not.toBe(dropping(false));
    expect(dropping(false)).toBe(encodingHash(byteVocabulary(['<|endoftext|>', '[MASK]'])));
  });

  it('is the same however the files of a tokenizer were written, by whatever name it was made', async () => {
    await saveTokenizer(inFolder(), letters);
    expect(encodingHash(await loadTokenizer(inFolder()))).toBe(encodingHash(letters));
    const made = byteVocabulary(
      ['<|endoftext|>', '[MASK]'],
      [
        ['t', 'h'],
        ['th', 'e'],
      ],
    );
    const { json, config } = made;
    const { vocab, merges, ...rules } = json['model'] as { vocab: Record<string, number>; merges: string[] };
    const model = {
      merges: merges.map((pair) => pair.split(' ')),
      vocab: Object.fromEntries(Object.entries(vocab).reverse()),
      ...{ ...rules, dropout: undefined, fuse_unk: null, end_of_word_suffix: '' },
    };
    const again = huggingFaceTokenizer({ ...json, decoder: null, model }, config);
    expect(encodingHash(again)).toBe(encodingHash(made));
    expect(encodingHash({ ...made, spec: { name: 'gpt2' } })).toBe(encodingHash(made));
    expect(encodingHash({ ...letters, spec: { name: 'mine' } })).not.toBe(encodingHash(letters));
  });

  it('does not count a mask that was added, with or without which a model has its copy', async () => {
    const made = byteVocabulary();
    expect(made.addedMask).toBe(true);
    const { json, config } = made;
    const withMask = { ...huggingFaceTokenizer(json, config), addedMask: true };
    expect(encodingHash(withMask)).toBe(encodingHash(made));
    const own = byteVocabulary(['<|endoftext|>', '[MASK]']);
    expect(encodingHash(own)).not.toBe(encodingHash(made));
    const text = async function* () {
      yield 'the sea the sea the sea';
    };
    const learned = () => tokenizers.create({ name: 'bpe', options: { vocabSize: 260 } }, { texts: text });
    expect(encodingHash(await learned())).toBe(encodingHash(await learned()));
  });
});
