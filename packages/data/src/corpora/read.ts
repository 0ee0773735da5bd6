import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { InputError } from '../errors';

/** A way of storing documents. */
export type CorpusFormat = 'text' | 'jsonl' | 'parquet';

/** Where a corpus lies and how it is read. */
export interface CorpusOptions {
  /** A file, or a folder of files. */
  readonly path: string;
  /** By the file's extension when not given: .jsonl and .ndjson, .parquet, text otherwise. */
  readonly format?: CorpusFormat;
  /** Field or column that holds the text (default `text`). */
  readonly field?: string;
}

const formatOf = (file: string): CorpusFormat => {
  const extension = extname(file).toLowerCase();
  return extension === '.parquet' ? 'parquet' : extension === '.jsonl' || extension === '.ndjson' ? 'jsonl' : 'text';
};

/** The corpus's files, in the order of their names. */
async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new InputError(`The corpus ${path} does not exist; name a text, JSONL or Parquet file, or a folder of them.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => join(path, name))
    .sort();
}

/** A file's text as it is read; bytes that are no UTF-8 are refused, a byte-order mark is dropped. */
async function* decoded(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      yield decoder.decode(chunk as Buffer, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new InputError(`${file} is not UTF-8 text; convert it first.`);
    throw error;
  }
}

/** Characters of a text file that are one document; a longer file is cut at a line's or a word's end. */
const LONGEST_DOCUMENT = 1 << 26;

/** Where a document of at most `text.length` characters may end: behind its last line, else its last space. */
function lastBreak(text: string): number {
  const end = text.lastIndexOf('\n') + 1 || text.lastIndexOf(' ') + 1;
  return end || text.length;
}

/** A text file as one document, or as several if it is very long. */
async function* readText(file: string): AsyncGenerator<string> {
  let parts: string[] = [];
  let size = 0;
  for await (const part of decoded(file)) {
    parts.push(part);
    size += part.length;
    if (size < LONGEST_DOCUMENT) continue;
    const text = parts.join('');
    const end = lastBreak(text);
    yield text.slice(0, end);
    parts = [text.slice(end)];
    size = text.length - end;
  }
  if (size > 0) yield parts.join('');
}

/** The lines of a file, without their ends. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const chunk of decoded(file)) {
    const [first = '', ...more] = chunk.split('\n');
    parts.push(first);
    for (const next of more) {
      yield parts.join('');
      parts = [next];
    }
  }
  yield parts.join('');
}

const namesOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `it has ${Object.keys(value).join(', ') || 'no field'}`
    : 'it is no object';

async function* readJsonLines(file: string, field: string): AsyncGenerator<string> {
  let line = 0;
  for await (const text of linesOf(file)) {
    line++;
    if (!text.trim()) continue;
    let value: Record<string, unknown> | null;
    try {
      value = JSON.parse(text) as Record<string, unknown> | null;
    } catch {
      throw new InputError(`Line ${line} of ${file} is no JSON.`);
    }
    const found = value?.[field];
    if (typeof found !== 'string')
      throw new InputError(`Line ${line} of ${file} has no text in "${field}"; ${namesOf(value)}. Set data.field.`);
    yield found;
  }
}

/** A cell's text, empty where there is none. */
function textOf(value: unknown, field: string, file: string): string {
  if (value !== null && value !== undefined && typeof value !== 'string')
    throw new InputError(`Column "${field}" of ${file} holds no text; name one that does in data.field.`);
  return value ?? '';
}

async function* readParquet(file: string, field: string): AsyncGenerator<string> {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const buffer = {
      byteLength: size,
      async slice(start: number, end = size): Promise<ArrayBuffer> {
        const bytes = new Uint8Array(end - start);
        await handle.read(bytes, 0, bytes.byteLength, start);
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(buffer).catch(() => {
      throw new InputError(`${file} is no Parquet file.`);
    });
    const columns = metadata.schema.slice(1).map(({ name }) => name);
    if (!columns.includes(field))
      throw new InputError(`${file} has no column "${field}"; it has ${columns.join(', ')}. Set data.field.`);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        columns: [field],
        rowStart,
        rowEnd,
        compressors,
      });
      for (const row of rows) yield textOf(row[field], field, file);
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

/**
 * The documents of a corpus, streamed: one per text file (very long ones in parts), JSONL line or Parquet row.
 * @throws InputError if it does not exist, holds nothing, or a file cannot be read as its format
 */
export async function* readCorpus({ path, format, field = 'text' }: CorpusOptions): AsyncGenerator<string> {
  let found = false;
  for (const file of await filesOf(path)) {
    const kind = format ?? formatOf(file);
    const documents =
      kind === 'parquet' ? readParquet(file, field) : kind === 'jsonl' ? readJsonLines(file, field) : readText(file);
    for await (const document of documents) {
      if (!document.trim()) continue;
      found = true;
      yield document;
    }
  }
  if (!found) throw new InputError(`The corpus ${path} is empty; it holds no text to train on.`);
}
