import { requireOneOf } from '../choices';
import { InputError } from '../errors';
import type { CorpusDocument } from './document';
import { type CorpusFile, type CorpusFiles, corpusFiles, listed } from './files';
import { READERS } from './formats';
import { CORPUS_FORMATS, type CorpusFormat } from './formats/format';
import { lineEnds } from './formats/line-ends';
import { DEFAULT_FIELD, type FileRequest, type RecordReader } from './formats/record';
import { readTextLines } from './formats/text';

/** Where a corpus lies and how it is read. */
export interface CorpusOptions {
  /** A file, a folder of files, a pattern of files (`texts/*.jsonl`), or `-` for standard input; or several of them. */
  readonly path: string | readonly string[];
  /** By the extension of each file when not given; see `CORPUS_FORMATS`. */
  readonly format?: CorpusFormat;
  /** Field or column that holds the text (default `text`). */
  readonly field?: string;
  /** Field or column that holds a prompt; none where it is not given. */
  readonly promptField?: string;
  /** What is a document of a text file: the file (default), or each of its lines. */
  readonly unit?: 'file' | 'line';
}

/** @throws InputError for a format or unit that there is not */
function checkChoices({ format, unit }: CorpusOptions): void {
  if (format !== undefined) requireOneOf('The format of a corpus', format, CORPUS_FORMATS);
  if (unit !== undefined) requireOneOf('The unit of text files', unit, ['file', 'line']);
}

/** What was met while a corpus was read once. */
export interface ReadingCounts {
  /** Documents that hold some text. */
  readonly documents: number;
  /** Their characters, and those of their prompts (UTF-16 code units). */
  readonly characters: number;
  /** Entries whose text is null, missing or blank, and which are left out. */
  readonly empty: number;
  /** Documents whose prompt is null, missing or blank. */
  readonly promptless: number;
  /** Windows line ends that became `\n`. */
  readonly lineEnds: number;
  /** Bytes of files read and in all; 0 where the text is not read from files. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Documents that can be read again and again, each time with counts of their own. */
export interface CorpusSource {
  /** Where they are read from, if from files. */
  readonly files?: CorpusFiles;
  /** Whether documents have prompts. */
  readonly hasPrompts: boolean;
  /** The field or column that holds them, where they come from one. */
  readonly promptField?: string;
  /** A reading; its counts grow while it goes on. @param onBytes called as bytes of files are read */
  read(onBytes?: () => void): { readonly documents: AsyncIterable<CorpusDocument>; readonly counts: ReadingCounts };
}

/** A record as a document; undefined where it has no text. */
function toDocument(
  texts: readonly (string | null)[],
  isContinued: boolean,
  counts: Mutable,
): CorpusDocument | undefined {
  const [text, prompt] = texts.map((one) => one ?? '');
  // Blank parts of a long text are part of it.
  if (!text || (!isContinued && !text.trim())) {
    if (!isContinued) counts.empty++;
    return undefined;
  }
  if (!isContinued) counts.documents++;
  counts.characters += text.length + (prompt?.length ?? 0);
  if (prompt === undefined) return { text, isContinued };
  if (!prompt.trim()) counts.promptless++;
  return { text, prompt: prompt.trim() ? prompt : '' };
}

type Mutable = { -readonly [Name in keyof ReadingCounts]: ReadingCounts[Name] };

const nothing = (totalBytes: number): Mutable => ({
  documents: 0,
  characters: 0,
  empty: 0,
  promptless: 0,
  lineEnds: 0,
  bytes: 0,
  totalBytes,
});

/** @throws InputError for a field of files that have none */
function checkFields(files: readonly CorpusFile[], { path, field = DEFAULT_FIELD, promptField }: CorpusOptions): void {
  const isText = ({ format }: CorpusFile) => format === 'text';
  if (promptField !== undefined && files.some(isText))
    throw new InputError(
      `${files.find(isText)!.path} is plain text and holds no prompts; give JSONL, JSON, CSV or Parquet.`,
    );
  if (field !== DEFAULT_FIELD && files.every(isText))
    throw new InputError(
      `${listed([path].flat())} is plain text and has no field "${field}"; give JSONL, JSON, CSV or Parquet, or leave data.field out.`,
    );
}

/**
 * Opens a corpus of files; nothing but their names and sizes is read yet.
 * @throws InputError if there is none, it has no data files, or none of the kind that is asked for. Reading throws it where a
 * file cannot be read as its format, or holds no text at all.
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { openCorpus } from '@idlm/data';
 *
 * await writeFile('sea.jsonl', '{"text":"Call me Ishmael."}\n{"text":""}\n');
 * const { documents, counts } = (await openCorpus({ path: 'sea.jsonl' })).read();
 * for await (const { text } of documents) console.log(text); // → Call me Ishmael.
 * console.log(counts.documents, counts.empty); // → 1 1
 * ```
 */
export async function openCorpus(options: CorpusOptions): Promise<CorpusSource> {
  const { path, format, field = DEFAULT_FIELD, promptField, unit } = options;
  checkChoices(options);
  const found = await corpusFiles(path, format);
  checkFields(found.files, options);
  const fields = promptField === undefined ? [field] : [field, promptField];
  const totalBytes = found.files.reduce((sum, { size }) => sum + size, 0);
  const readerOf = (one: CorpusFile): RecordReader =>
    one.format === 'text' && unit === 'line' ? readTextLines : READERS[one.format];
  async function* documents(counts: Mutable, onBytes?: () => void): AsyncGenerator<CorpusDocument> {
    const ends = lineEnds();
    for (const one of found.files) {
      const onRead = (bytes: number) => {
        counts.bytes += bytes;
        onBytes?.();
      };
      const request: FileRequest = { file: one.path, fields, lineEnds: ends, onBytes: onRead };
      for await (const records of readerOf(one)(request)) {
        for (const { texts, isContinued = false } of records) {
          const clean = one.format === 'text' ? texts : texts.map((text) => text && ends.unify(text));
          const document = toDocument(clean, isContinued, counts);
          if (document) yield document;
        }
        counts.lineEnds = ends.count;
      }
    }
    if (!counts.documents)
      throw new InputError(`The corpus ${listed([path].flat())} is empty; it holds no text to train on.`);
  }
  return {
    files: found,
    hasPrompts: promptField !== undefined,
    ...(promptField === undefined ? {} : { promptField }),
    read(onBytes) {
      const counts = nothing(totalBytes);
      return { documents: documents(counts, onBytes), counts };
    },
  };
}

/**
 * A corpus of documents that are in memory already.
 * @param given texts, or texts with the prompts that they continue; blank ones are left out and counted
 * @example
 * ```ts
 * import { byteTokenizer, corpusOf, prepareCorpus } from '@idlm/data';
 *
 * const source = corpusOf([{ prompt: '1+1=', text: '2' }, { prompt: '2+2=', text: '4' }]);
 * const { heldOut } = await prepareCorpus({ source, tokenizer: byteTokenizer(), layout: 'rows', length: 6, heldOut: 0 });
 * console.log(...heldOut.valid!); // → 0 0 0 0 1 1 0 0 0 0 1 1
 * ```
 */
export function corpusOf(given: readonly (string | CorpusDocument)[]): CorpusSource {
  async function* documents(counts: Mutable): AsyncGenerator<CorpusDocument> {
    for (const one of given) {
      const { text, prompt } = typeof one === 'string' ? { text: one, prompt: undefined } : one;
      const document = toDocument(prompt === undefined ? [text] : [text, prompt], false, counts);
      if (document) yield document;
    }
  }
  return {
    hasPrompts: given.some((one) => typeof one !== 'string' && one.prompt !== undefined),
    read() {
      const counts = nothing(0);
      return { documents: documents(counts), counts };
    },
  };
}

/** Characters of the longest document that is put together from its parts. */
const LONGEST_DOCUMENT = 1 << 28;

/**
 * The documents of a corpus, streamed: one per text file or line of it, or entry of JSONL, JSON, CSV or Parquet.
 * @throws InputError if it does not exist, holds nothing, a file cannot be read as its format, or a text is longer than 2²⁸
 * characters (`openCorpus` gives such in parts)
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { readCorpus } from '@idlm/data';
 *
 * await writeFile('words.txt', 'whale\nship\n\nsea\n');
 * for await (const word of readCorpus({ path: 'words.txt', unit: 'line' })) console.log(word);
 * // → whale
 * // → ship
 * // → sea
 * ```
 */
export async function* readCorpus(options: Omit<CorpusOptions, 'promptField'>): AsyncGenerator<string> {
  const { documents } = (await openCorpus({ ...options, promptField: undefined })).read();
  let parts: string[] = [];
  let size = 0;
  for await (const { text, isContinued = false } of documents) {
    if (!isContinued && parts.length) yield parts.join('');
    if (!isContinued) [parts, size] = [[], 0];
    parts.push(text);
    size += text.length;
    if (size > LONGEST_DOCUMENT)
      throw new InputError(
        `A text of ${listed([options.path].flat())} is longer than ${LONGEST_DOCUMENT} characters; give it in files.`,
      );
  }
  if (parts.length) yield parts.join('');
}

/** A document that continues a prompt. */
export interface PromptedDocument extends CorpusDocument {
  readonly prompt: string;
}

/**
 * The documents of a JSONL, JSON, CSV or Parquet corpus together with their prompts.
 * @param options.promptField the field or column of the prompt
 * @throws InputError as `readCorpus`, and for text files, which hold no prompts
 */
export async function* readPrompted(
  options: CorpusOptions & { readonly promptField: string },
): AsyncGenerator<PromptedDocument> {
  const { documents } = (await openCorpus(options)).read();
  for await (const { text, prompt = '' } of documents) yield { text, prompt };
}
