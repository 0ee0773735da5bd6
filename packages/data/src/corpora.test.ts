import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { partsOf } from './corpora/formats/text';
import { hashOf, packCorpus } from './corpora/pack';
import { type PrepareOptions, prepareCorpus } from './corpora/prepare';
import { encodePrompt, encodePrompted } from './corpora/prompts';
import { type CorpusOptions, corpusOf, openCorpus, readCorpus } from './corpora/read';
import { tokenStore } from './corpora/token-store';
import { byteTokenizer } from './tokenizers/bytes';
import { LETTERS, characterTokenizer } from './tokenizers/character';
import { huggingFaceTokenizer } from './tokenizers/hugging-face';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'corpora-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes files and gives the path of the folder, or of one of them. */
async function put(files: Readonly<Record<string, string | Buffer>>, name = ''): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  return join(folder, name);
}
async function all(path: string, options: Partial<CorpusOptions> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const text of readCorpus({ path, ...options })) found.push(text);
  return found;
}
const prepare = async (path: string, options: Partial<PrepareOptions> & Pick<CorpusOptions, 'promptField'> = {}) =>
  prepareCorpus({
    source: await openCorpus({
      path,
      promptField: options.promptField,
      unit: options.layout === 'rows' ? 'line' : 'file',
    }),
    ...{ normalise: 'none', layout: 'packed', length: 2, heldOut: 0, ...options },
  });

/** A hub vocabulary of words, with an end of texts. */
const hub = () =>
  huggingFaceTokenizer({
    ...{ version: '1.0', normalizer: null, post_processor: null, decoder: { type: 'Fuse' } },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    added_tokens: [{ id: 3, content: '<|endoftext|>', special: true }],
    model: { type: 'WordLevel', vocab: { '<unk>': 0, the: 1, sea: 2 }, unk_token: '<unk>' },
  });

describe('formats', () => {
  const rows = [
    { text: 'the "whale"', n: 1 },
    { text: 'a, b\nc', n: 2 },
  ];

  it.each([
    ['x.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')],
    ['x.ndjson.gz', gzipSync(rows.map((row) => JSON.stringify(row)).join('\n'))],
    ['x.json', JSON.stringify(rows, null, 2)],
    ['one-by-one.json', rows.map((row) => JSON.stringify(row, null, 1)).join('\n')],
    ['lines.json', `\uFEFF${rows.map((row) => JSON.stringify(row)).join('\n')}`],
    ['x.csv', 'n,text\r\n1,"the ""whale"""\r\n2,"a, b\nc"\r\n'],
    ['x.csv.gz', gzipSync('\uFEFFn,text\n1,"the ""whale"""\n2,"a, b\nc"\n')],
    ['x.tsv', 'text\tn\nthe "whale"\t1\n"a, b\nc"\t2\n'],
  ])('%s is read by its extension', async (name, content) => {
    expect(await all(await put({ [name]: content }, name))).toEqual(['the "whale"', 'a, b\nc']);
  });

  it('all members of a gzip file are read, and one that is cut off is refused', async () => {
    const whole = Buffer.concat([gzipSync('the sea\n'), gzipSync('the whale\n')]);
    expect(await all(await put({ 'x.txt.gz': whole }, 'x.txt.gz'))).toEqual(['the sea\nthe whale\n']);
    await expect(all(await put({ 'y.gz': whole.subarray(0, 20) }, 'y.gz'))).rejects.toThrow('damaged or cut off');
  });

  it('text may have any name, and what a name says can be overruled', async () => {
    const files = { 'a.log': 'the sea', 'page.html': '<p>the sea</p>', 'data.bin': '{"text":"the sea"}' };
    expect(await all(await put(files, 'a.log'))).toEqual(['the sea']);
    expect((await prepare(join(folder, 'a.log'))).notes[0]).toMatch(/^Read as plain text: .*a\.log/);
    expect(await all(join(folder, 'page.html'), { format: 'text' })).toEqual(['<p>the sea</p>']);
    expect(await all(join(folder, 'data.bin'), { format: 'jsonl' })).toEqual(['the sea']);
  });

  it.each([
    ['x.zip', 'PK', 'is an archive; unpack it'],
    ['x.pdf', '%PDF-1.7', 'is a document of a word processor; export it as plain text'],
    ['x.html', '<p>', 'is a page with markup; extract its text first'],
    ['x.arrow', 'ARROW1', 'is a table that is not read here; convert it to Parquet or JSONL'],
    ['x.png', 'PNG', 'is a picture'],
    ['x.txt', '%PDF-1.7', 'is a PDF; export it as plain text'],
    [
      'y.txt',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      'is a Git LFS pointer, not the file itself; run git lfs pull',
    ],
    ['y.jsonl', 'version https://git-lfs.github.com/spec/v1\n', 'is a Git LFS pointer'],
    ['y.parquet', 'version https://git-lfs.github.com/spec/v1\n', 'is a Git LFS pointer'],
    ['z.txt', Buffer.from('\uFEFFthe sea', 'utf16le'), 'is UTF-16 text; convert it to UTF-8 first'],
    ['w.txt', Buffer.from('the sea', 'utf16le'), 'holds zero bytes, as binary data and UTF-16 text do'],
    ['x.json', '[{"text": "a"}, {', 'is no JSON behind its entry 1'],
    ['y.json', '[1]', 'Entry 1 of'],
    ['x.csv', 'text\n"the sea\n', 'is no table of that kind'],
    ['y.csv', 'a,b\n1,2\n', 'has no text in "text"; it has a, b. Set data.field'],
    ['number.jsonl', '{"text":"a"}\n{"text":7}\n', 'has no text in "text" but a number'],
    ['list.jsonl', '{"text":["a"]}\n', 'has no text in "text" but a list'],
  ])('%s is refused by name: %s', async (name, content, message) => {
    await expect(all(await put({ [name]: content }, name))).rejects.toThrow(message);
  });

  it('texts that are null, missing or blank are left out and counted, in every format', async () => {
    const files = {
      'x.jsonl': '{"text":"the sea"}\n{"text":null}\n{}\n{"text":" "}\n',
      'x.json': '[{"text":"the sea"},{"text":null},{},{"text":" "}]',
      'x.csv': 'text,n\nthe sea,1\n,2\n" ",3\n,4\n',
    };
    await put(files);
    for (const name of Object.keys(files)) {
      const { facts, notes } = await prepare(join(folder, name));
      expect([facts.documents, facts.leftOut.empty, notes[0]]).toEqual([
        1,
        3,
        '3 texts are null, missing or blank, and left out.',
      ]);
    }
  });

  it('a byte-order mark is dropped before any line, and Windows line ends become those of Unix', async () => {
    const path = await put({
      'x.txt': '\uFEFFthe\r\nsea\r\n\uFEFFa\rb\n',
      'x.jsonl': '{"text":"a"}\n\uFEFF{"text":"b\\r\\nc"}',
    });
    expect(await all(join(path, 'x.txt'))).toEqual(['the\nsea\na\rb\n']);
    expect(await all(join(path, 'x.jsonl'))).toEqual(['a', 'b\nc']);
    const { notes, tokenizer, packed } = await prepare(join(path, 'x.txt'));
    expect(notes[0]).toBe('2 Windows line ends (\\r\\n) became \\n.');
    expect(tokenizer.decode(packed.train)).toBe('the\nsea\na\rb\n');
  });
});

describe('Parquet', () => {
  it('has texts in columns of its top alone', async () => {
    const path = await put({ 'x.parquet': Buffer.from(NESTED, 'base64') }, 'x.parquet');
    expect(await all(path)).toEqual(['sea']);
    const refusals = {
      content: 'has no column "content"; it has chat, id, text. Set',
      chat: 'no text but a nested structure',
      id: 'no text but INT64',
    };
    for (const [field, message] of Object.entries(refusals))
      await expect(all(path, { field })).rejects.toThrow(message);
  });

  it('has texts of bytes where they are UTF-8, and null ones are left out as elsewhere', async () => {
    const path = await put({ 'x.parquet': Buffer.from(BYTES, 'base64'), 'y.parquet': Buffer.from(NULLS, 'base64') });
    await expect(all(join(path, 'x.parquet'))).rejects.toThrow('Row 2 of');
    expect((await prepare(join(path, 'y.parquet'))).facts).toMatchObject({ documents: 1, leftOut: { empty: 2 } });
  });

  it('that is cut off is refused with its name', async () => {
    const whole = Buffer.from(NESTED, 'base64');
    const footer = 8 + whole.readUInt32LE(whole.length - 8);
    const damaged = Buffer.from(whole).fill(255, 4, whole.length - footer);
    await put({ 'x.parquet': whole.subarray(0, 90), 'y.parquet': damaged });
    await expect(all(join(folder, 'x.parquet'))).rejects.toThrow('is no Parquet file, or is cut off');
    await expect(all(join(folder, 'y.parquet'), { field: 'text' })).rejects.toThrow(
      /^Column "text" of .*y\.parquet cannot be read/,
    );
  });
});

describe('folders', () => {
  it('give their data, and name what is passed over', async () => {
    const path = await put({
      'README.md': '# card',
      LICENSE: 'MIT',
      'dataset_infos.json': '{}',
      '.gitattributes': '*',
      'data/b.jsonl.gz': gzipSync('{"text":"two"}'),
      'data/a.jsonl': '{"text":"one"}',
      'data/deep/c.txt': 'three',
      'picture.png': 'PNG',
    });
    await symlink(path, join(path, 'data', 'loop'));
    await symlink(join(path, 'nowhere'), join(path, 'dangling.txt'));
    const { facts, notes, tokenizer, packed } = await prepare(path);
    expect(tokenizer.decode(packed.train)).toBe('onetwothree');
    expect(facts.files).toEqual(['data/a.jsonl', 'data/b.jsonl.gz', 'data/deep/c.txt'].map((name) => join(path, name)));
    expect(notes).toContain('Passed over as no data: LICENSE, README.md, dataset_infos.json, picture.png.');
    expect(notes).toContain('Nothing stands between documents, so they run together; see data.separator.');
  });

  it('with splits give the one to train on alone, and say so', async () => {
    const line = (text: string) => `{"text":"${text}"}`;
    const path = await put({
      'data/train-00000-of-00001.jsonl': line('train'),
      'data/test-00000-of-00001.jsonl': line('test'),
      'validation/0.jsonl': line('validation'),
    });
    expect(await all(path)).toEqual(['train']);
    expect((await prepare(path)).notes[0]).toBe(
      'The folder holds splits; 1 file of "train" are read, not data/test-00000-of-00001.jsonl, validation/0.jsonl.',
    );
    expect(await all(join(path, 'validation'))).toEqual(['validation']);
    await rm(join(path, 'data'), { recursive: true });
    await writeFile(join(path, 'contest.txt'), 'no split');
    expect(await all(path)).toEqual(['no split', 'validation']);
  });

  it('of other texts are read, of nothing to read are refused', async () => {
    await put({ 'notes/a.md': 'one', 'notes/b': 'two', 'images/a.png': 'x', 'none/.hidden': 'x' });
    expect(await all(join(folder, 'notes'))).toEqual(['one', 'two']);
    await expect(all(join(folder, 'images'))).rejects.toThrow('holds no data files; it has a.png');
    await expect(all(join(folder, 'none'))).rejects.toThrow('is empty');
    await expect(all('wikitext/wikitext-2')).rejects.toThrow('Data sets of the Hugging Face hub are not fetched');
  });

  it('refuse fields and prompts of plain text', async () => {
    const path = await put({ 'x.txt': 'the sea' }, 'x.txt');
    await expect(all(path, { field: 'body' })).rejects.toThrow('is plain text and has no field "body"');
    await expect(openCorpus({ path, promptField: 'q' })).rejects.toThrow('is plain text and holds no prompts');
  });
});

describe('long texts', () => {
  const words = fc.array(fc.constantFrom('the', 'sea', 'é', '7', ' ', '\n', '\n\n', '  ', '😀', '.'), {
    maxLength: 60,
  });

  it('are cut into parts that together are the text, none with half a character', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 9 }), (pieces, longest) => {
        const text = pieces.join('');
        const parts = [...partsOf(text, longest)];
        expect(parts.join('')).toBe(text);
        expect(parts.every((part) => part.length <= longest && !/\p{Surrogate}/u.test(part))).toBe(true);
      }),
    );
  });

  it.each([
    ['letters', characterTokenizer(LETTERS, 'letters'), ''],
    ['bytes', byteTokenizer('lowercase'), ''],
    // Words are parted at spaces, of which there are some in any text of that kind.
    ['words of a hub vocabulary', hub(), ' '],
  ])('have the tokens of the whole where they are given in parts: %s', async (_, tokenizer, between) => {
    await fc.assert(
      fc.asyncProperty(words, fc.integer({ min: 4, max: 9 }), async (pieces, longest) => {
        const text = `the ${pieces.join(between)} sea`;
        const parts = [...partsOf(text, longest)].map((part, i) => ({ text: part, isContinued: i > 0 }));
        const [whole, cut] = [await packCorpus([text], tokenizer), await packCorpus(parts, tokenizer)];
        expect(cut.hash).toBe(whole.hash);
      }),
    );
  });

  it('have no separator within them', async () => {
    const line = 'the sea and the whale\n';
    const path = await put({ 'x.txt': line.repeat(60_000) }, 'x.txt');
    const { tokenizer, packed, facts } = await prepare(path, { separator: '#' });
    expect(facts.documents).toBe(1);
    expect(tokenizer.decode(packed.train.subarray(-line.length))).toBe(line);
    expect(packed.train.includes(tokenizer.encode('#')[0]!)).toBe(false);
    expect(facts.tokens).toBe(line.length * 60_000);
  });
});

describe('tokenStore', () => {
  it.each([
    [28, Uint8Array],
    [257, Uint16Array],
    [70_000, Int32Array],
  ])('keeps ids below %d as narrow as they go, with the hash of int32', (vocabSize, type) => {
    for (const share of [undefined, () => 0.001, () => 1]) {
      const store = tokenStore(vocabSize, share);
      const ids = Int32Array.from({ length: 200_000 }, (_, i) => (i * 7919) % vocabSize);
      for (let at = 0; at < ids.length; at += 777) store.add(ids.subarray(at, at + 777));
      const { tokens, hash } = store.finish();
      expect(tokens).toBeInstanceOf(type);
      expect([hash, hashOf(new Int32Array(tokens))]).toEqual([hashOf(ids), hashOf(ids)]);
    }
  });
});

describe('separators', () => {
  const documents = ['the sea', 'captain'];
  const packed = async (options: Partial<PrepareOptions>) => {
    const made = await prepareCorpus({
      ...{ source: corpusOf(documents), layout: 'packed', length: 4, heldOut: 0, ...options },
    });
    return made.tokenizer.decode(made.packed.train);
  };

  it('are what the vocabulary has, or what is set, encoded by the tokenizer', async () => {
    expect(await packed({ normalise: 'letters' })).toBe('the sea captain');
    expect(await packed({ normalise: 'none' })).toBe('the sea captain');
    expect(await packed({ tokenizer: byteTokenizer('letters') })).toBe('the sea captain');
    expect(await packed({ tokenizer: byteTokenizer() })).toBe('the sea\ncaptain');
    expect(await packed({ tokenizer: byteTokenizer(), separator: '' })).toBe('the seacaptain');
    expect(await packed({ normalise: 'none', separator: '\n\n' })).toBe('the sea\n\ncaptain');
    expect(await packed({ normalise: 'letters', separator: '. ' })).toBe('the sea captain');
    expect(await packed({ tokenizer: hub() })).toBe('thesea<|endoftext|><unk>');
    await expect(packed({ tokenizer: hub(), separator: '#' })).rejects.toThrow(
      'data.separator is "#", and the vocabulary',
    );
    const rows = packed({ layout: 'rows', separator: '#', length: 20 });
    await expect(rows).rejects.toThrow('data.separator stands between packed documents');
  });

  it('stand at the ends of windows where that is asked for', async () => {
    const source = corpusOf(['the sea the sea the sea the sea']);
    const made = await prepareCorpus({
      source,
      tokenizer: hub(),
      layout: 'packed',
      length: 5,
      heldOut: 0.5,
      windowEnds: true,
    });
    const { ids } = made.loader({ length: 5, batch: 4, random: randomStream(1) }).at(0);
    for (let row = 0; row < 4; row++) {
      expect([ids[row * 5], ids[row * 5 + 4]]).toEqual([3, 3]);
      expect([...ids.subarray(row * 5 + 1, row * 5 + 4)].every((id) => id === 1 || id === 2)).toBe(true);
    }
    expect([...made.heldOut.ids]).toEqual([3, 1, 2, 1, 3]);
    expect(made.facts).toMatchObject({ trainTokens: 4, heldOutTokens: 4, heldOutIsTraining: false });
    const none = prepareCorpus({ source, tokenizer: byteTokenizer(), layout: 'packed', length: 5, windowEnds: true });
    await expect(none).rejects.toThrow('data.windowEnds asks for the end of a text');
  });
});

describe('prompts', () => {
  const letters = characterTokenizer(LETTERS, 'letters');
  it.each([
    ['who is', 'a whale', 'who is a whale', 7],
    ['who is ', 'a whale', 'who is a whale', 7],
    ['who is', ' a whale', 'who is a whale', 6],
    ['55+66=', '121.', '55+66=121.', 6],
    ['what?', 'a sea', 'what? a sea', 6],
    ['\u9be8\u306f', '\u6d77', '\u9be8\u306f\u6d77', 6],
    ['', 'a sea', 'a sea', 0],
  ])('%j and %j are joined as %j', (prompt, text, joined, given) => {
    const bytes = byteTokenizer();
    const found = encodePrompted({ prompt, text }, bytes);
    expect([bytes.decode(found.ids), found.prompt]).toEqual([joined, given]);
    const simple = encodePrompted({ prompt, text }, letters);
    expect(letters.decode(simple.ids)).toBe(letters.decode(letters.encode(joined)));
  });

  it('are given as they stand in rows, and with what is set behind them', () => {
    for (const tokenizer of [letters, byteTokenizer(), hub()]) {
      const { ids, prompt } = encodePrompted({ prompt: 'the sea', text: 'the' }, tokenizer);
      expect(encodePrompt('the sea', tokenizer)).toEqual(ids.slice(0, prompt));
    }
    const bytes = byteTokenizer();
    expect(bytes.decode(encodePrompted({ prompt: 'a', text: 'b' }, bytes, ' -> ').ids)).toBe('a -> b');
    expect(bytes.decode(encodePrompted({ prompt: 'a', text: ' b' }, bytes, '').ids)).toBe('a b');
  });

  it('without a text are left out, texts without a prompt stand alone, and both are counted', async () => {
    const lines = [
      '{"q":"a","text":"x"}',
      '{"q":"b","text":""}',
      '{"q":null,"text":"y"}',
      '{"q":"7","text":"z"}',
      '{"q":"c","text":"7"}',
    ];
    const path = await put({ 'x.jsonl': lines.join('\n') }, 'x.jsonl');
    const made = await prepare(path, { promptField: 'q', layout: 'rows', length: 3, normalise: 'letters' });
    expect(made.tokenizer.decode(made.packed.train)).toBe('a xy  z  ');
    expect(made.facts.leftOut).toEqual({ empty: 1, emptied: 1, tooLong: 0 });
    expect(made.notes.slice(0, 4)).toEqual([
      '1 text is null, missing or blank, and left out.',
      '1 prompt is null, missing or blank; their texts stand alone.',
      '29 % of the characters are none of the letters a-z and became spaces; data.normalise=none keeps them.',
      '1 document has no token of its own once normalised, and is left out.',
    ]);
  });
});

describe('prepareCorpus', () => {
  it('tells what normalisation takes, and names it where nothing is left', async () => {
    const cyrillic = 'Зовите меня Измаил. ';
    const path = await put({ 'x.txt': cyrillic.repeat(9), 'y.txt': `${cyrillic}the whale `.repeat(9) });
    for (const layout of ['packed', 'rows'] as const)
      await expect(prepare(join(path, 'x.txt'), { layout, normalise: 'letters' })).rejects.toThrow(
        'data.normalise=none keeps them',
      );
    const { notes, facts } = await prepare(join(path, 'y.txt'), { normalise: 'letters' });
    expect(notes[0]).toMatch(/^57 % of the characters are none of the letters a-z and became spaces/);
    expect(facts.lostCharacters / facts.characters).toBeCloseTo(17 / 30, 9);
  });

  it('tells how far it is, over all readings of the files', async () => {
    const path = await put({ 'a.txt': 'the sea', 'b.txt.gz': gzipSync('the whale') });
    const seen: number[] = [];
    let total = 0;
    await prepare(path, {
      onProgress(progress) {
        seen.push(progress.bytes);
        ({ total } = progress);
      },
    });
    expect(total).toBe(2 * (7 + gzipSync('the whale').length));
    expect(seen.at(-1)).toBe(total);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('finds words of much text without decoding it as a whole', async () => {
    const text = Array.from({ length: 30_000 }, (_, i) => `w${i % 997}`).join(' ');
    const { words, heldOut, takeHeldOut } = await prepareCorpus({
      ...{ source: corpusOf([text]), normalise: 'none', layout: 'packed', length: 10, heldOut: 0 },
    });
    expect(words.size).toBe(997);
    expect(takeHeldOut(2).ids).toEqual(heldOut.ids.slice(0, 20));
  });
});

// Written uncompressed by pyarrow: {chat: {content}, id: int, text}, a row; bytes, two rows, the second no UTF-8; 'the sea', null, ' '.
const NESTED =
  'UEFSMRUEFQoVCkwVAhUAEgAAAQAAAGEVABUSFRIsFQIVEBUGFQYcAAAAAgAAAAICAQIAFQQVEBUQTBUCFQASAAABAAAAAAAAABUAFRIVEiwVAhUQFQYVBhwAAAACAAAAAgEBAgAVBBUOFQ5MFQIVABIAAAMAAABzZWEVABUSFRIsFQIVEBUGFQYcAAAAAgAAAAIBAQIAFQQZXDUAGAZzY2hlbWEVBgA1AhgEY2hhdBUCABUMJQIYB2NvbnRlbnQlAEwcAAAAFQQlAhgCaWQAFQwlAhgEdGV4dCUATBwAAAAWAhkcGTwmABwVDBk1AAYQGSgEY2hhdAdjb250ZW50FQAWAhZeFl4mLiYIKSwVBBUAFQIAFQAVEBUCADwWAhkGGTYAAAIAAAAmABwVBBk1AAYQGRgCaWQVABYCFmQWZCaSASZmKSwVBBUAFQIAFQAVEBUCADwpBhkmAAIAAAAmABwVDBk1AAYQGRgEdGV4dBUAFgIWYhZiJvQBJsoBKSwVBBUAFQIAFQAVEBUCADwWBhkGGSYAAgAAABakAhYCJggWpAIAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRk8HAAAHAAAHAAAADwBAABQQVIx';
const BYTES =
  'UEFSMRUEFSAVIEwVBBUAEgAABwAAAHRoZSBzZWEBAAAA/xUAFRIVEiwVBBUQFQYVBhwAAAACAAAABAEBAwIVBBksNQAYBnNjaGVtYRUCABUMJQIYBHRleHQAFgQZHBkcJgAcFQwZNQAGEBkYBHRleHQVABYEFnQWdCZEJggpLBUEFQAVAgAVABUQFQIAPBYQGQYZJgAEAAAAFnQWBCYIFnQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAIwAAABQQVIx';
const NULLS =
  'UEFSMRUEFSAVIEwVBBUAEgAABwAAAHRoZSBzZWEBAAAAIBUAFRIVEiwVBhUQFQYVBhwAAAACAAAAAwUBAwIVBBksNQAYBnNjaGVtYRUCABUMJQIYBHRleHQlAEwcAAAAFgYZHBkcJgAcFQwZNQAGEBkYBHRleHQVABYGFnQWdCZEJggpLBUEFQAVAgAVABUQFQIAPBYQGQYZJgIEAAAAFnQWBiYIFnQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAJIAAABQQVIx';
