import { gzipSync } from 'node:zlib';
import { CORPUS_FORMATS, checkText, compressionOf, namedFormat } from './format';

describe('namedFormat', () => {
  it.each([
    ['a.txt', 'text', undefined],
    ['A.TXT', 'text', undefined],
    ['a.text', 'text', undefined],
    ['a.jsonl', 'jsonl', undefined],
    ['a.ndjson.gz', 'jsonl', 'gzip'],
    ['a.json.zst', 'json', 'zstd'],
    ['a.csv.gzip', 'csv', 'gzip'],
    ['a.tab', 'tsv', undefined],
    ['a.tsv', 'tsv', undefined],
    ['a.parquet', 'parquet', undefined],
    ['a.pq', 'parquet', undefined],
    ['a.gz', 'text', 'gzip'],
    ['part.0.jsonl.GZ', 'jsonl', 'gzip'],
    ['x.d/a', undefined, undefined],
    ['a.log', undefined, undefined],
    ['a.log.gz', undefined, 'gzip'],
    ['.jsonl', undefined, undefined],
    ['jsonl', undefined, undefined],
    ['a.jsonl.bak', undefined, undefined],
  ])('%s is %s, packed by %s', (file, format, compression) => {
    expect(namedFormat(file)).toEqual({ format, compression, refusal: undefined });
  });

  it.each([
    ['a.zip', 'an archive; unpack it and name its folder'],
    ['a.TAR.gz', 'an archive; unpack it and name its folder'],
    ['a.bz2', 'compressed in a way that is not read here; unpack it, or compress it with gzip'],
    ['a.arrow', 'a table that is not read here; convert it to Parquet or JSONL'],
    ['a.safetensors', 'binary data; give its text, or JSONL or Parquet'],
    ['a.html', 'a page with markup; extract its text first, or set data.format=text to learn the markup'],
    ['a.docx', 'a document of a word processor; export it as plain text'],
    ['a.jpeg', 'a picture; a corpus holds text'],
    ['a.mp3', 'sound or film; a corpus holds text'],
  ])('%s is refused as %s', (file, refusal) => {
    expect(namedFormat(file)).toMatchObject({ format: undefined, refusal });
  });

  it('names formats that there are alone', () => {
    const named = ['txt', 'jsonl', 'json', 'csv', 'tsv', 'parquet'].map((one) => namedFormat(`a.${one}`).format);
    expect(named).toEqual([...CORPUS_FORMATS]);
  });
});

describe('compressionOf', () => {
  it.each([
    ['gzip', gzipSync('the sea')],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24])],
    [undefined, Buffer.from('the sea')],
    [undefined, Buffer.alloc(0)],
    [undefined, Buffer.from([0x1f])],
    [undefined, Buffer.from([0x28, 0xb5, 0x2f])],
  ])('is told as %s by the first bytes', (compression, start) => {
    expect(compressionOf(start)).toBe(compression);
  });
});

describe('checkText', () => {
  const bytes = (...values: number[]) => Buffer.from(values);

  it.each([
    ['PAR1', 'a Parquet file; call it .parquet or set data.format=parquet'],
    ['ARROW1', 'an Arrow file; convert it to Parquet or JSONL'],
    ['%PDF-1.4', 'a PDF; export it as plain text'],
    ['PK\x03\x04', 'a zip archive; unpack it and name its folder'],
    ['BZh9', 'compressed by bzip2; unpack it, or compress it with gzip'],
    ['version https://git-lfs.github.com/spec/v1', 'a Git LFS pointer, not the file itself; run git lfs pull'],
  ])('refuses what begins with %j', (beginning, what) => {
    expect(() => checkText('x.txt', Buffer.from(beginning, 'latin1'))).toThrow(`x.txt is ${what}.`);
    expect(() => checkText('x.txt', Buffer.from(` ${beginning}`, 'latin1'))).not.toThrow();
  });

  it.each([
    [bytes(0xff, 0xfe, 0x61, 0), 'UTF-16 text; convert it to UTF-8 first'],
    [bytes(0xfe, 0xff, 0, 0x61), 'UTF-16 text; convert it to UTF-8 first'],
    [bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a), 'compressed by xz; unpack it, or compress it with gzip'],
  ])('refuses the bytes %p', (start, what) => {
    expect(() => checkText('x.txt', start)).toThrow(`x.txt is ${what}.`);
  });

  it('refuses a zero among the first 8000 bytes, and looks no further', () => {
    const text = Buffer.alloc(9000, 'a');
    text[7999] = 0;
    expect(() => checkText('x.txt', text)).toThrow(
      'x.txt is no UTF-8 text: it holds zero bytes, as binary data and UTF-16 text do; convert it first.',
    );
    text[7999] = 97;
    text[8000] = 0;
    expect(() => checkText('x.txt', text)).not.toThrow();
    expect(() => checkText('x.txt', Buffer.alloc(0))).not.toThrow();
  });
});
