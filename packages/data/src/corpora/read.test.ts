import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { all, inFolder, prepare, put, useFolder } from '../../test/corpus-files';
import { openCorpus, readCorpus } from './read';

useFolder();

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
    ['one-line.json', `${JSON.stringify(rows)}\n`],
    ['texts.json', JSON.stringify(rows.map(({ text }) => text))],
    [
      'texts-in-lines.json',
      `${JSON.stringify(
        rows.map(({ text }) => text),
        null,
        2,
      )}\n`,
    ],
    ['texts.jsonl', rows.map(({ text }) => JSON.stringify(text)).join('\n')],
    ['semicolons.csv', 'n;text\n1;"the ""whale"""\n2;"a, b\nc"\n'],
    ['semicolons-quoted.csv', '"n";"text"\n"1";"the ""whale"""\n"2";"a, b\nc"\n'],
    ['bars.csv', 'n|text\n1|"the ""whale"""\n2|"a, b\nc"\n'],
    ['tabs.csv', 'n\ttext\n1\tthe "whale"\n2\t"a, b\nc"\n'],
    ['commas.tsv', 'n,text\n1,"the ""whale"""\n2,"a, b\nc"\n'],
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
    expect((await prepare(inFolder('a.log'))).notes[0]).toMatch(/^Read as plain text: .*a\.log/);
    expect(await all(inFolder('page.html'), { format: 'text' })).toEqual(['<p>the sea</p>']);
    expect(await all(inFolder('data.bin'), { format: 'jsonl' })).toEqual(['the sea']);
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
    ['z.json', '[["a"]]', 'Entry 1 of'],
    ['x.csv', 'text\n"the sea\n', 'is no table of that kind'],
    ['twice.csv', 'text,n,n,text\nthe sea,1,2,the ship\n', 'has two columns "text"; give them different names'],
    ['y.csv', 'a,b\n1,2\n', 'has no text in "text"; it has a, b. Set data.field'],
    ['number.jsonl', '{"text":"a"}\n{"text":7}\n', 'has no text in "text" but a number'],
    ['list.jsonl', '{"text":["a"]}\n', 'has no text in "text" but a list'],
  ])('%s is refused by name: %s', async (name, content, message) => {
    await expect(all(await put({ [name]: content }, name))).rejects.toThrow(message);
  });

  it('a list of texts has neither fields nor prompts', async () => {
    const path = await put({ 'x.json': '["the sea", "the ship"]' }, 'x.json');
    await expect(all(path, { field: 'body' })).rejects.toThrow(
      `Entry 1 of ${path} is a text and has no field "body"; leave data.field out.`,
    );
    await expect(prepare(path, { promptField: 'q' })).rejects.toThrow(
      `Entry 1 of ${path} is a text and has no prompt in "q"; leave data.promptField out.`,
    );
  });

  it('of a table with other separators the columns that are asked for are found, else its own are named', async () => {
    const path = await put({ 'x.csv': 'q;body,text\nwho;the sea,1\n' }, 'x.csv');
    expect(await all(path, { field: 'q' })).toEqual(['who']);
    expect(await all(path)).toEqual(['1']);
    await expect(all(path, { field: 'answer' })).rejects.toThrow('has no text in "answer"; it has q;body, text.');
  });

  it.each([
    [{ format: 'excel' }, 'The format of a corpus is one of text, jsonl, json, csv, tsv, parquet; "excel" was given.'],
    [{ unit: 'lines' }, 'The unit of text files is one of file, line; "lines" was given.'],
  ])('that there are not are refused: %j', async (options, sentence) => {
    const path = await put({ 'x.txt': 'the sea' }, 'x.txt');
    await expect(openCorpus({ path, ...(options as object) })).rejects.toThrow(sentence);
  });

  it('texts that are null, missing or blank are left out and counted, in every format', async () => {
    const files = {
      'x.jsonl': '{"text":"the sea"}\n{"text":null}\n{}\n{"text":" "}\n',
      'x.json': '[{"text":"the sea"},{"text":null},{},{"text":" "}]',
      'x.csv': 'text,n\nthe sea,1\n,2\n" ",3\n,4\n',
    };
    await put(files);
    for (const name of Object.keys(files)) {
      const { facts, notes } = await prepare(inFolder(name));
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
    const lacking = Buffer.from(whole);
    // What the root says of its columns: one more than there are (a zigzag number, so 2).
    lacking[whole.length - footer + 15]! += 2;
    await put({ 'x.parquet': whole.subarray(0, 90), 'y.parquet': damaged, 'z.parquet': lacking });
    await expect(all(inFolder('x.parquet'))).rejects.toThrow('is no Parquet file, or is cut off');
    await expect(all(inFolder('y.parquet'), { field: 'text' })).rejects.toThrow(
      /^Column "text" of .*y\.parquet cannot be read/,
    );
    await expect(all(inFolder('z.parquet'))).rejects.toThrow(/^The schema of .*z\.parquet cannot be read/);
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
      'The folder holds splits; 1 file of "train" is read, not data/test-00000-of-00001.jsonl, validation/0.jsonl.',
    );
    expect(await all(join(path, 'validation'))).toEqual(['validation']);
    await rm(join(path, 'data'), { recursive: true });
    await writeFile(join(path, 'contest.txt'), 'no split');
    expect(await all(path)).toEqual(['no split', 'validation']);
  });

  it('of other texts are read, of nothing to read are refused', async () => {
    await put({ 'notes/a.md': 'one', 'notes/b': 'two', 'images/a.png': 'x', 'none/.hidden': 'x' });
    expect(await all(inFolder('notes'))).toEqual(['one', 'two']);
    await expect(all(inFolder('images'))).rejects.toThrow('holds no data files; it has a.png');
    await expect(all(inFolder('none'))).rejects.toThrow('is empty');
    await expect(all('wikitext/wikitext-2')).rejects.toThrow('Data sets of the Hugging Face hub are not fetched');
  });

  it('refuse fields and prompts of plain text', async () => {
    const path = await put({ 'x.txt': 'the sea' }, 'x.txt');
    await expect(all(path, { field: 'body' })).rejects.toThrow('is plain text and has no field "body"');
    await expect(openCorpus({ path, promptField: 'q' })).rejects.toThrow('is plain text and holds no prompts');
  });
});

// Written uncompressed by pyarrow: {chat: {content}, id: int, text}, a row; bytes, two rows, the second no UTF-8; 'the sea', null, ' '.
const NESTED =
  'UEFSMRUEFQoVCkwVAhUAEgAAAQAAAGEVABUSFRIsFQIVEBUGFQYcAAAAAgAAAAICAQIAFQQVEBUQTBUCFQASAAABAAAAAAAAABUAFRIVEiwVAhUQFQYVBhwAAAACAAAAAgEBAgAVBBUOFQ5MFQIVABIAAAMAAABzZWEVABUSFRIsFQIVEBUGFQYcAAAAAgAAAAIBAQIAFQQZXDUAGAZzY2hlbWEVBgA1AhgEY2hhdBUCABUMJQIYB2NvbnRlbnQlAEwcAAAAFQQlAhgCaWQAFQwlAhgEdGV4dCUATBwAAAAWAhkcGTwmABwVDBk1AAYQGSgEY2hhdAdjb250ZW50FQAWAhZeFl4mLiYIKSwVBBUAFQIAFQAVEBUCADwWAhkGGTYAAAIAAAAmABwVBBk1AAYQGRgCaWQVABYCFmQWZCaSASZmKSwVBBUAFQIAFQAVEBUCADwpBhkmAAIAAAAmABwVDBk1AAYQGRgEdGV4dBUAFgIWYhZiJvQBJsoBKSwVBBUAFQIAFQAVEBUCADwWBhkGGSYAAgAAABakAhYCJggWpAIAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRk8HAAAHAAAHAAAADwBAABQQVIx';
const BYTES =
  'UEFSMRUEFSAVIEwVBBUAEgAABwAAAHRoZSBzZWEBAAAA/xUAFRIVEiwVBBUQFQYVBhwAAAACAAAABAEBAwIVBBksNQAYBnNjaGVtYRUCABUMJQIYBHRleHQAFgQZHBkcJgAcFQwZNQAGEBkYBHRleHQVABYEFnQWdCZEJggpLBUEFQAVAgAVABUQFQIAPBYQGQYZJgAEAAAAFnQWBCYIFnQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAIwAAABQQVIx';
const NULLS =
  'UEFSMRUEFSAVIEwVBBUAEgAABwAAAHRoZSBzZWEBAAAAIBUAFRIVEiwVBhUQFQYVBhwAAAACAAAAAwUBAwIVBBksNQAYBnNjaGVtYRUCABUMJQIYBHRleHQlAEwcAAAAFgYZHBkcJgAcFQwZNQAGEBkYBHRleHQVABYGFnQWdCZEJggpLBUEFQAVAgAVABUQFQIAPBYQGQYZJgIEAAAAFnQWBiYIFnQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAJIAAABQQVIx';

describe('Zstandard', () => {
  /** Forty lines in two frames with checksums, and a frame to be skipped between them, as Python's zstandard wrote them. */
  const frames = Buffer.from(
    'KLUv/WQsAO0AALB0aGUgc2VhIGFuZCB0aGUgd2hhbGUKAQAmUp1Nk1Rz2lAqTRgFAAAAaGVsbG8otS/9ZEQB9QAAoGUgd2hhbGUKdGhlIHNlYSBhbmQgAgApchZwqzABfuFVVg==',
    'base64',
  );

  it('is read in all its frames, by every Node, whatever the name of the file', async () => {
    const text = 'the sea and the whale\n'.repeat(40);
    for (const name of ['sea.txt.zst', 'sea.txt'])
      expect(await all(await put({ [name]: frames }, name))).toEqual([text]);
  });

  it('is refused where it is cut off or damaged', async () => {
    for (const cut of [frames.subarray(0, 30), frames.subarray(0, 90), Buffer.concat([frames, Buffer.from('more')])])
      await expect(all(await put({ 'sea.txt.zst': cut }, 'sea.txt.zst'))).rejects.toThrow('it is damaged or cut off');
  });
});

it('several inputs are read in their order, and patterns of files as folders are', async () => {
  await put({ 'b.txt': 'two', 'a.txt': 'one', 'more/c.txt': 'three', 'more/d.csv': 'text\nfour\n' });
  expect(await all(inFolder('*.txt'))).toEqual(['one', 'two']);
  expect(await all(inFolder('**/*.txt'))).toEqual(['one', 'two', 'three']);
  const found: string[] = [];
  for await (const text of readCorpus({ path: [inFolder('more'), inFolder('a.txt')] })) found.push(text);
  expect(found).toEqual(['three', 'four', 'one']);
  await expect(all(inFolder('*.parquet'))).rejects.toThrow('No file fits');
});
