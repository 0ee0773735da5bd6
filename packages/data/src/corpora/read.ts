import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
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

/** A text file in pieces at line ends; bytes that are no UTF-8 are refused. */
async function* readText(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      rest += decoder.decode(chunk as Buffer, { stream: true });
      const end = rest.lastIndexOf('\n') + 1;
      if (end > 0) yield rest.slice(0, end);
      rest = rest.slice(end);
    }
    rest += decoder.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new InputError(`${file} is not UTF-8 text; convert it first.`);
    throw error;
  }
  if (rest) yield rest;
}

async function* readJsonLines(file: string, field: string): AsyncGenerator<string> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    line++;
    if (!text.trim()) continue;
    let value: Record<string, unknown>;
    try {
      value = JSON.parse(text) as Record<string, unknown>;
    } catch {
      throw new InputError(`Line ${line} of ${file} is no JSON.`);
    }
    const found = value[field];
    if (typeof found !== 'string')
      throw new InputError(
        `Line ${line} of ${file} has no text in "${field}"; it has ${Object.keys(value).join(', ')}. Set data.field.`,
      );
    yield found;
  }
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
      for (const row of rows) yield String(row[field] ?? '');
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

/**
 * The documents of a corpus, streamed: lines-complete pieces of text files, one per JSONL line or Parquet row.
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
