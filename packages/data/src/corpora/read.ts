import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { InputError } from '../errors';
import { readParquet } from './parquet';

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
  /** What is a document of a text file: the file (default), or each of its lines. */
  readonly unit?: 'file' | 'line';
}

/** A document that continues a prompt. */
export interface PromptedDocument {
  readonly prompt: string;
  readonly text: string;
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

/** The objects of JSON lines, as the texts of some fields. */
async function* readJsonLines(file: string, fields: readonly string[]): AsyncGenerator<string[]> {
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
    const missing = fields.find((field) => typeof value?.[field] !== 'string');
    if (missing !== undefined)
      throw new InputError(
        `Line ${line} of ${file} has no text in "${missing}"; ${namesOf(value)}. Set data.field or data.promptField.`,
      );
    yield fields.map((field) => value![field] as string);
  }
}

/** The lines of a text file that are not its end. */
async function* readLines(file: string): AsyncGenerator<string> {
  for await (const line of linesOf(file)) yield line.replace(/\r$/, '');
}

/** The documents of one file, each with what stands in `fields`. */
async function* readFile(
  file: string,
  { format = formatOf(file), unit = 'file' }: CorpusOptions,
  fields: readonly string[],
): AsyncGenerator<string[]> {
  if (format === 'parquet') yield* readParquet(file, fields);
  else if (format === 'jsonl') yield* readJsonLines(file, fields);
  else for await (const text of unit === 'line' ? readLines(file) : readText(file)) yield [text];
}

/** The documents of all files that hold some text in their first field. */
async function* readAll(options: CorpusOptions, fields: readonly string[]): AsyncGenerator<string[]> {
  let found = false;
  for (const file of await filesOf(options.path)) {
    for await (const document of readFile(file, options, fields)) {
      if (!document[0]!.trim()) continue;
      found = true;
      yield document;
    }
  }
  if (!found) throw new InputError(`The corpus ${options.path} is empty; it holds no text to train on.`);
}

/**
 * The documents of a corpus, streamed: one per text file (very long ones in parts) or line of it, JSONL line or Parquet row.
 * @throws InputError if it does not exist, holds nothing, or a file cannot be read as its format
 */
export async function* readCorpus(options: CorpusOptions): AsyncGenerator<string> {
  for await (const [text] of readAll(options, [options.field ?? 'text'])) yield text!;
}

/**
 * The documents of a JSONL or Parquet corpus together with their prompts.
 * @param options.promptField the field or column of the prompt
 * @throws InputError as `readCorpus`, and for text files, which hold no prompts
 */
export async function* readPrompted(
  options: CorpusOptions & { readonly promptField: string },
): AsyncGenerator<PromptedDocument> {
  for await (const [text, prompt] of readAll(options, [options.field ?? 'text', options.promptField])) {
    if (prompt === undefined)
      throw new InputError(`${options.path} is plain text and holds no prompts; give JSONL or Parquet.`);
    yield { prompt, text: text! };
  }
}
