import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { all, inFolder, put, useFolder } from '../../../test/corpus-files';
import { readDecoded } from './bytes';
import { lineEnds } from './line-ends';
import { readLines } from './lines';
import { partsOf, readText } from './text';

useFolder();

const gather = async <One>(some: AsyncIterable<One>): Promise<One[]> => {
  const found: One[] = [];
  for await (const one of some) found.push(one);
  return found;
};
const textsOf = async (file: string) => {
  const records = (await gather(readText({ file, fields: ['text'], lineEnds: lineEnds() }))).flat();
  return { text: records.map(({ texts }) => texts[0]).join(''), parts: records };
};

describe('readDecoded', () => {
  it('reads characters that lie over the ends of chunks, packed or not, and counts the bytes on disk', async () => {
    const text = '鯨😀é'.repeat(200_000);
    for (const [name, content] of [
      ['a.txt', Buffer.from(text)],
      ['a.txt.gz', gzipSync(text)],
    ] as const) {
      let bytes = 0;
      const chunks = await gather(readDecoded(await put({ [name]: content }, name), (count) => (bytes += count)));
      expect(chunks.join('') === text).toBe(true);
      expect(bytes).toBe(content.length);
    }
  });

  it.each([
    ['half a character at the end', [0x61, 0xe9, 0xaf]],
    ['a byte of no character', [0x61, 0xff, 0x62]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('refuses %s', async (_, bytes) => {
    const path = await put({ 'a.txt': Buffer.from(bytes) }, 'a.txt');
    await expect(gather(readDecoded(path))).rejects.toThrow(`${path} is not UTF-8 text; convert it first.`);
  });

  it('refuses what is cut off or damaged among packed bytes, by the name of the file', async () => {
    const whole = gzipSync('the sea and the whale '.repeat(400));
    const turned = Buffer.from(whole);
    turned[30] = turned[30]! ^ 0xff;
    for (const content of [whole.subarray(0, whole.length - 9), turned]) {
      const path = await put({ 'a.gz': content }, 'a.gz');
      await expect(gather(readDecoded(path))).rejects.toThrow(
        /^.*a\.gz cannot be unpacked \(.+\); it is damaged or cut off\.$/,
      );
    }
  });

  it('drops a byte-order mark at the beginning alone', async () => {
    const path = await put({ 'a.txt': '\uFEFFa\uFEFFb' }, 'a.txt');
    expect((await gather(readDecoded(path))).join('')).toBe('a\uFEFFb');
    expect(await gather(readDecoded(await put({ 'b.txt': '' }, 'b.txt')))).toEqual(['']);
  });
});

describe('lineEnds', () => {
  it.each([
    ['a\r\nb\r\n', 'a\nb\n', 2],
    ['a\rb\n', 'a\rb\n', 0],
    ['\r\r\n', '\r\n', 1],
    ['\uFEFFa\r\n\uFEFFb\uFEFF', 'a\nb\uFEFF', 1],
    ['', '', 0],
  ])('of %j are unified to %j, and %d counted', (text, unified, count) => {
    const ends = lineEnds();
    expect([ends.unify(text), ends.count]).toEqual([unified, count]);
  });

  it('are counted over many texts', () => {
    const ends = lineEnds();
    ['a\r\n', 'b', '\r\n\r\n'].forEach((text) => ends.unify(text));
    expect(ends.count).toBe(3);
  });
});

describe('readLines', () => {
  const lineOf = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', '\t', '\u2028', '\v'), maxLength: 8 });

  it('gives lines without their ends, of either kind, the last with or without one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lineOf, { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (lines, end, isEnded) => {
          fc.pre(isEnded || lines.at(-1) !== '');
          const path = await put({ 'a.txt': lines.join(end) + (isEnded && lines.length ? end : '') }, 'a.txt');
          expect((await gather(readLines(path))).flat()).toEqual(lines);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('puts lines together that lie over many chunks', async () => {
    const long = 'x'.repeat(3_000_000);
    const path = await put({ 'a.txt': `a\n${long}\nb` }, 'a.txt');
    const lines = (await gather(readLines(path))).flat();
    expect(lines.map(({ length }) => length)).toEqual([1, 3_000_000, 1]);
  });

  it('refuses a line that is none, by its number', async () => {
    const path = await put({ 'a.txt': Buffer.alloc((1 << 26) + 10, 'x') }, 'a.txt');
    await expect(gather(readLines(path))).rejects.toThrow(
      `Line 1 of ${path} is longer than 67108864 characters; is it lines at all? Set data.format, or data.layout to "packed".`,
    );
  });
});

describe('partsOf', () => {
  it.each([
    ['the sea', 100, ['the sea']],
    ['', 3, ['']],
    ['the sea', 4, ['the', ' sea']],
    ['the sea', 3, ['the', ' sea'.slice(0, 3), 'a']],
    ['a\nb c d', 5, ['a', '\nb c d'.slice(0, 4), ' d']],
    ['aaaaaaa', 3, ['aaa', 'aaa', 'a']],
    ['😀😀', 3, ['😀', '😀']],
    ['a  b', 3, ['a ', ' b']],
  ])('cuts %j at most %d characters long to %j', (text, longest, parts) => {
    expect([...partsOf(text, longest)]).toEqual(parts);
  });
});

describe('readText', () => {
  it('gives a file in parts that together are it, whatever is joined at the ends of chunks', async () => {
    const unit = 'the whale\r\n\r\n  and\t鯨 ';
    const text = unit.repeat(120_000);
    const found = await textsOf(await put({ 'a.txt': text }, 'a.txt'));
    expect(found.text === text.replaceAll('\r\n', '\n')).toBe(true);
    expect(found.parts.length).toBeGreaterThan(5);
    expect(found.parts.map(({ isContinued }) => isContinued)).toEqual(found.parts.map((_, i) => i > 0));
    expect(Math.max(...found.parts.map(({ texts }) => texts[0]!.length))).toBeLessThanOrEqual(1 << 18);
  });

  it('gives nothing of an empty file, and white space of one that holds no more', async () => {
    expect((await textsOf(await put({ 'a.txt': '' }, 'a.txt'))).parts).toEqual([]);
    expect((await textsOf(await put({ 'b.txt': ' \n' }, 'b.txt'))).text).toBe(' \n');
  });
});

describe('JSON', () => {
  const record = fc.record({ text: fc.string({ unit: 'grapheme', minLength: 1 }), n: fc.nat() });
  const ways: readonly (readonly [name: string, write: (rows: readonly object[]) => string])[] = [
    ['lines.jsonl', (rows) => rows.map((row) => JSON.stringify(row)).join('\n')],
    ['windows.jsonl', (rows) => `${rows.map((row) => JSON.stringify(row)).join('\r\n')}\r\n\r\n`],
    ['list.json', (rows) => JSON.stringify(rows)],
    ['wide.json', (rows) => `\n\n ${JSON.stringify(rows, null, 4)}\n`],
    ['behind.json', (rows) => rows.map((row) => JSON.stringify(row, null, 1)).join('\n')],
    ['joined.json', (rows) => rows.map((row) => JSON.stringify(row)).join('')],
  ];

  it.each(ways)('%s gives the same texts, whatever they hold', async (name, write) => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), async (rows) => {
        const expected = rows.map(({ text }) => text.replaceAll('\r\n', '\n')).filter((text) => text.trim());
        fc.pre(expected.length > 0);
        expect(await all(await put({ [name]: write(rows) }, name))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ['cut.jsonl', '{"text":"a"}\n{"text":"b', 'Line 2 of'],
    ['deep.jsonl', `${'['.repeat(501)}${']'.repeat(501)}`, 'holds more than 500 lists'],
    ['gap.jsonl', '{"text":"a"}\n\n\nnull', 'Line 4 of'],
    ['cut.json', '[{"text":"a"},{"text":"b"', 'is no JSON behind its entry 1'],
    ['open.json', '{"text":"a"}{"text"', 'is no JSON behind its entry 1'],
    ['words.json', 'the sea', 'is no JSON behind its entry 0'],
    ['number.json', '[{"text":"a"}, 7]', 'Entry 2 of'],
    ['nested.json', '{"data":[{"text":"a"}]}', 'has no text in "text"; it has data.'],
  ])('%s is refused with the place', async (name, content, sentence) => {
    const path = await put({ [name]: content }, name);
    const refused = expect(all(path)).rejects;
    await refused.toThrow(sentence);
    await expect(all(path)).rejects.toThrow(path);
    await expect(all(path)).rejects.toMatchObject({ name: 'InputError' });
  });

  it('an empty list holds no text', async () => {
    for (const [name, content] of Object.entries({
      'a.json': '[]',
      'b.json': ' ',
      'c.jsonl': '\n\n',
      'd.csv': 'text\n',
    }))
      await expect(all(await put({ [name]: content }, name))).rejects.toThrow(
        `The corpus ${inFolder(name)} is empty; it holds no text to train on.`,
      );
  });
});

describe('tables', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', 'é', ' ', '"', ',', ';', '\t', '|', '\n', '😀', '7'),
    minLength: 1,
  });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it.each([
    ['a.csv', ','],
    ['b.csv', ';'],
    ['c.csv', '|'],
    ['d.csv', '\t'],
    ['e.tsv', '\t'],
    ['f.tsv', ','],
  ])('%s with %j between quoted cells gives them back', async (name, delimiter) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }), async (rows) => {
        const expected = rows.map(([, text]) => text).filter((text) => text.trim());
        fc.pre(expected.length > 0);
        const lines = [['n', 'text'], ...rows].map((row) => row.map(quoted).join(delimiter));
        expect(await all(await put({ [name]: `${lines.join('\n')}\n` }, name))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ['a.csv', 'text,n\n"a" b,1\n', 'is no table of that kind: '],
    ['b.csv', 'text,n\na,1,2\n', 'is no table of that kind: '],
    ['c.csv', 'text,n\na\n', 'is no table of that kind: '],
    ['d.csv', 'body,n\na,1\n', 'Row 2 of'],
  ])('%s is refused where rows do not fit the first', async (name, content, sentence) => {
    const path = await put({ [name]: content }, name);
    await expect(all(path)).rejects.toThrow(sentence);
    await expect(all(path)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining(path) as string,
    });
  });

  it('passes over empty lines, and reads many rows', async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => `row ${i},${i}`);
    expect(await all(await put({ 'a.csv': `text,n\n\n${rows.join('\n\n')}\n\n` }, 'a.csv'))).toEqual(
      rows.map((_, i) => `row ${i}`),
    );
  });
});
