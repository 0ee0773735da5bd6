import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { packCorpus } from './corpora/pack';
import { readCorpus } from './corpora/read';
import { consecutiveWindows, windowLoader } from './loaders/windows';
import { normalise } from './normalise';
import { byteTokenizer } from './tokenizers/bytes';
import { LETTERS, alphabetOf, characterTokenizer } from './tokenizers/character';
import { loadTokenizer, saveTokenizer } from './tokenizers/folder';
import { huggingFaceTokenizer } from './tokenizers/hugging-face';
import { wordsOf } from './words';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-'));
});
afterEach(() => rm(folder, { recursive: true }));

const all = async (path: string, options = {}) => {
  const documents: string[] = [];
  for await (const document of readCorpus({ path: join(folder, path), ...options })) documents.push(document);
  return documents;
};

describe('tokenizers', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });

  it('characters and bytes come back', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(byteTokenizer().decode(byteTokenizer().encode(value))).toBe(value);
        fc.pre(value.length > 0);
        const tokenizer = characterTokenizer(alphabetOf([value], 'none'));
        expect(tokenizer.decode(tokenizer.encode(value))).toBe(value);
      }),
    );
  });

  it('names the first unknown character and its line', () => {
    const tokenizer = characterTokenizer(['a', 'b', '\n']);
    expect(() => tokenizer.encode('ab\nb\n😀a')).toThrow('has no character "😀" (U+1F600), which stands in line 3');
  });

  it('letters is the 27-token alphabet of the experiments', () => {
    const tokenizer = characterTokenizer(LETTERS, 'letters');
    expect(tokenizer.vocabSize).toBe(28);
    expect(tokenizer.decode(tokenizer.encode('  Call me—Ishmael. 7!'))).toBe('call me ishmael');
    expect(tokenizer.decode([0, tokenizer.maskId, 1])).toBe(' ▁a');
    expect(normalise('ÀB', 'lowercase')).toBe('àb');
  });

  it.each([
    ['characters', characterTokenizer(['a', 'b', ' ', '\n', 'é'])],
    ['bytes', byteTokenizer('lowercase')],
  ])('%s load from their folder, and with the Hugging Face library', async (_, tokenizer) => {
    await saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    expect([loaded.spec.name, loaded.vocabSize, loaded.maskId, loaded.normalise]).toEqual([
      tokenizer.spec.name,
      tokenizer.vocabSize,
      tokenizer.maskId,
      tokenizer.normalise,
    ]);
    const ids = tokenizer.encode('ab é\nba');
    expect(loaded.encode('ab é\nba')).toEqual(ids);
    const foreign = huggingFaceTokenizer(tokenizer.json);
    expect(foreign.encode('ab é\nba')).toEqual(ids);
    expect([foreign.vocabSize, foreign.maskId]).toEqual([tokenizer.vocabSize, tokenizer.maskId]);
  });

  it('adds a mask behind a hub vocabulary that has none', () => {
    const json = {
      ...characterTokenizer(['x', 'y']).json,
      added_tokens: [],
      model: { type: 'WordLevel', vocab: { x: 0, y: 1 }, unk_token: 'x' },
    };
    const tokenizer = huggingFaceTokenizer(json);
    expect([tokenizer.vocabSize, tokenizer.maskId]).toEqual([3, 2]);
    expect(tokenizer.decode([0, 2, 1])).toBe('x▁y');
    expect(() => huggingFaceTokenizer({})).toThrow('holds no vocabulary');
  });

  it('refuses bad alphabets and folders without a tokenizer', async () => {
    expect(() => characterTokenizer(['a', 'a'])).toThrow('none twice');
    await expect(loadTokenizer(folder)).rejects.toThrow('holds no tokenizer.json');
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    await writeFile(join(folder, 'tokenizer_config.json'), '{"idlm":{"kind":"characters"}}');
    await expect(loadTokenizer(folder)).rejects.toThrow('tokenizer.json holds no vocabulary');
    await writeFile(join(folder, 'tokenizer_config.json'), '{"idlm":{"kind":"bytes","normalise":"upper"}}');
    await expect(loadTokenizer(folder)).rejects.toThrow('normalisation "upper"; there are none, lowercase, letters');
  });
});

describe('readCorpus', () => {
  it('reads text in any chunking, files of a folder in order', async () => {
    await mkdir(join(folder, 'many'));
    await writeFile(join(folder, 'many', 'b.txt'), 'two\n');
    await writeFile(join(folder, 'many', 'a.txt'), `${'é\n'.repeat(900_000)}end`);
    const documents = await all('many');
    // A file is one document however it is read, so that no separator comes into its middle.
    expect(documents).toEqual([`${'é\n'.repeat(900_000)}end`, 'two\n']);
  });

  it('reads a field of JSON lines', async () => {
    await writeFile(join(folder, 'x.jsonl'), '{"body":"a"}\n\n{"body":"b"}\n');
    expect(await all('x.jsonl', { field: 'body' })).toEqual(['a', 'b']);
    await expect(all('x.jsonl')).rejects.toThrow('Line 1 of');
  });

  it('reads JSON lines in any chunking, with a byte-order mark and either line end', async () => {
    const texts = Array.from({ length: 3000 }, (_, i) => `${i} ${'é€'.repeat(i % 700)}`);
    await writeFile(join(folder, 'x.jsonl'), `\uFEFF${texts.map((text) => JSON.stringify({ text })).join('\r\n')}`);
    expect(await all('x.jsonl')).toEqual(texts);
  });

  it('reads a column of Parquet', async () => {
    // Two rows of {"text": string}, written uncompressed by pyarrow.
    await writeFile(join(folder, 'x.parquet'), Buffer.from(PARQUET, 'base64'));
    expect(await all('x.parquet')).toEqual(['call me', 'ishmael']);
    await expect(all('x.parquet', { field: 'body' })).rejects.toThrow('has no column "body"; it has text');
  });

  it.each([
    ['missing.txt', undefined, 'does not exist; name a text'],
    ['empty.txt', '  \n', 'is empty; it holds no text'],
    ['latin.txt', Buffer.from([0x61, 0xe9, 0x62]), 'is not UTF-8 text'],
    ['bad.jsonl', '{"text":"a"}\n{', 'Line 2 of'],
    ['null.jsonl', 'null\n', 'it is no object'],
    ['latin.jsonl', Buffer.from('{"text":"\xe9"}', 'latin1'), 'is not UTF-8 text'],
    ['bad.parquet', 'PAR1 nonsense', 'is no Parquet file'],
  ])('refuses %s in one sentence', async (name, content, message) => {
    if (content !== undefined) await writeFile(join(folder, name), content);
    await expect(all(name)).rejects.toThrow(message);
  });
});

describe('packing and windows', () => {
  const tokenizer = characterTokenizer(LETTERS, 'letters');

  it('packs documents with separators and holds the end out', async () => {
    const { train, heldOut, hash } = await packCorpus(['ab', 'cd', 'ef'], tokenizer, {
      separator: tokenizer.encode('x'),
      share: 0.25,
    });
    expect(tokenizer.decode(train) + tokenizer.decode(heldOut)).toBe('abxcdxef');
    expect(heldOut.length).toBe(2);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    await expect(packCorpus(['a'], tokenizer)).rejects.toThrow('at least 2 are needed');
    await expect(packCorpus(['abc'], tokenizer, { share: 0.7 })).rejects.toThrow('in [0, 0.5], or is 1; 0.7');
  });

  it('gives batch k as a function of the seed and k alone, inside the row', () => {
    const tokens = Int32Array.from({ length: 50 }, (_, i) => i);
    const loader = () => windowLoader({ tokens, length: 8, batch: 5, random: randomStream(3) });
    const [a, b] = [loader(), loader()];
    b.at(0);
    expect(b.at(7)).toEqual(a.at(7));
    expect(a.at(8)).not.toEqual(a.at(7));
    const starts = new Set<number>();
    for (let k = 0; k < 200; k++) {
      const { ids } = a.at(k);
      for (let row = 0; row < 5; row++) {
        starts.add(ids[row * 8]!);
        expect(ids[row * 8 + 7]! - ids[row * 8]!).toBe(7);
      }
    }
    expect(starts.size).toBe(43);
    expect(() => windowLoader({ tokens, length: 51, batch: 1, random: randomStream(0) })).toThrow(
      'fewer than one window of 51',
    );
    expect(consecutiveWindows(tokens, 8).batch).toBe(6);
  });

  it('lists words', () => expect([...wordsOf('to be  or\nnot to be')]).toEqual(['to', 'be', 'or', 'not']));
});

const PARQUET =
  'UEFSMRUEFSwVLEwVBBUAEgAABwAAAGNhbGwgbWUHAAAAaXNobWFlbBUAFRIVEiwVBBUQFQYVBhwAAAACAAAABAEBAwIVBBksNQAYBnNjaGVtYRUCABUMJQIYBHRleHQlAEwcAAAAFgQZHBkcJgAcFQwZNQAGEBkYBHRleHQVABYEFoABFoABJlAmCCksFQQVABUCABUAFRAVAgA8FhwZBhkmAAQAAAAWgAEWBCYIFoABACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAACWAAAAUEFSMQ==';
