import { basename, extname } from 'node:path';
import { InputError } from '../../errors';

/** Ways of storing documents. */
export const CORPUS_FORMATS = ['text', 'jsonl', 'json', 'csv', 'tsv', 'parquet'] as const;

/** A way of storing documents. */
export type CorpusFormat = (typeof CORPUS_FORMATS)[number];

/** How the bytes of a file are packed. */
export type Compression = 'gzip' | 'zstd';

const FORMATS: Readonly<Record<string, CorpusFormat>> = {
  '.txt': 'text',
  '.text': 'text',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.parquet': 'parquet',
  '.pq': 'parquet',
};

const COMPRESSIONS: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.gzip': 'gzip', '.zst': 'zstd' };

/** Kinds of files that hold no text as they are, what to do with them, and their extensions. */
const REFUSED: readonly (readonly [what: string, advice: string, extensions: string])[] = [
  ['an archive', 'unpack it and name its folder', 'zip tar tgz 7z rar'],
  ['compressed in a way that is not read here', 'unpack it, or compress it with gzip', 'bz2 xz lz4 br tbz2 txz zz'],
  [
    'a table that is not read here',
    'convert it to Parquet or JSONL',
    'arrow feather ipc avro orc xls xlsx ods sqlite db',
  ],
  [
    'binary data',
    'give its text, or JSONL or Parquet',
    'bin dat npy npz h5 hdf5 pkl pickle pt pth ckpt safetensors msgpack idx',
  ],
  [
    'a page with markup',
    'extract its text first, or set data.format=text to learn the markup',
    'html htm xhtml xml svg',
  ],
  ['a document of a word processor', 'export it as plain text', 'pdf doc docx odt rtf epub ppt pptx ps'],
  ['a picture', 'a corpus holds text', 'png jpg jpeg gif webp bmp tif tiff ico'],
  ['sound or film', 'a corpus holds text', 'mp3 wav flac ogg m4a mp4 mkv webm avi mov'],
];

const REFUSALS: ReadonlyMap<string, string> = new Map(
  REFUSED.flatMap(([what, advice, extensions]) =>
    extensions.split(' ').map((extension) => [`.${extension}`, `${what}; ${advice}`] as const),
  ),
);

/** What the name of a file says of it. */
export interface NamedFormat {
  /** Absent where the extension is not one of a corpus. */
  readonly format?: CorpusFormat;
  readonly compression?: Compression;
  /** What it is and what to do, where it is known to hold no text. */
  readonly refusal?: string;
}

/** The format that a file's extensions name, such as that of `x.jsonl.gz`. */
export function namedFormat(file: string): NamedFormat {
  const name = basename(file).toLowerCase();
  const compression = COMPRESSIONS[extname(name)];
  const extension = extname(compression ? name.slice(0, -extname(name).length) : name);
  const format = FORMATS[extension] ?? (compression && !extension ? 'text' : undefined);
  return { format, compression, refusal: REFUSALS.get(extension) };
}

/** How files begin, and what they then are. */
const SIGNATURES: readonly (readonly [what: string, beginning: string])[] = [
  ['a Git LFS pointer, not the file itself; run git lfs pull', 'version https://git-lfs.github.com/spec/'],
  ['a Parquet file; call it .parquet or set data.format=parquet', 'PAR1'],
  ['an Arrow file; convert it to Parquet or JSONL', 'ARROW1'],
  ['a PDF; export it as plain text', '%PDF-'],
  ['a zip archive; unpack it and name its folder', 'PK\x03\x04'],
  ['compressed by bzip2; unpack it, or compress it with gzip', 'BZh'],
  ['compressed by xz; unpack it, or compress it with gzip', '\xfd7zXZ'],
  ['UTF-16 text; convert it to UTF-8 first', '\xff\xfe'],
  ['UTF-16 text; convert it to UTF-8 first', '\xfe\xff'],
];

/** How gzip and Zstandard files begin. */
const COMPRESSED: readonly (readonly [Compression, string])[] = [
  ['gzip', '\x1f\x8b'],
  ['zstd', '\x28\xb5\x2f\xfd'],
];

/** Bytes in which a zero shows that they are no text; as many as git looks at. */
const LOOKED_AT = 8000;

/** How a file is compressed, by its first bytes. */
export const compressionOf = (start: Buffer): Compression | undefined =>
  COMPRESSED.find(([, beginning]) => start.toString('latin1', 0, beginning.length) === beginning)?.[0];

/** @throws InputError if the first bytes are those of a known kind that is no text, or hold a zero */
export function checkText(file: string, start: Buffer): void {
  const text = start.toString('latin1', 0, 64);
  const found = SIGNATURES.find(([, beginning]) => text.startsWith(beginning));
  if (found) throw new InputError(`${file} is ${found[0]}.`);
  if (start.subarray(0, LOOKED_AT).includes(0))
    throw new InputError(
      `${file} is no UTF-8 text: it holds zero bytes, as binary data and UTF-16 text do; convert it first.`,
    );
}
