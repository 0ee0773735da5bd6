import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFlushed } from '@idlm/core-diffusion/node';
import { type EncodedStream, encodeRows, encodeTexts } from '../corpora/encoded';
import { checkOptions } from '../corpora/options';
import type { PrepareOptions } from '../corpora/prepared';
import { type Reading, explained, openReading } from '../corpora/reading';
import { told } from '../corpora/telling';
import { InputError } from '../errors';
import { encodeInThreads, encodesInThreads } from '../threads/encoding-threads';
import { tokenizerFiles } from '../tokenizers/saved-files';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { encodingHash } from './encoding-hash';
import { INDEX, type ShardIndex, type SourceFile } from './index-file';
import { BYTES, dtypeFor } from './shard-writer';
import { writeFolder } from './unfinished';
import { WRITE_LAYOUT, type Written } from './write-layouts';

/** What a corpus is prepared from, how, and where it goes. */
export interface WriteShardsOptions extends PrepareOptions {
  /** The folder, which must not exist yet; it appears once it is whole. */
  readonly out: string;
  /** Threads that encode (default: as many as there are cores); for tokenizers of the Hugging Face format, others need none. */
  readonly threads?: number;
  /** Most bytes of a shard (default 256 MiB). */
  readonly shardBytes?: number;
  /** Ends the work, and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

const SHARD_BYTES = 2 ** 28;

/** @throws InputError as `checkOptions`, and for numbers of threads or bytes that there are not */
function checkWriting(options: WriteShardsOptions): void {
  checkOptions(options);
  const { threads = 0, shardBytes = SHARD_BYTES } = options;
  if (!Number.isSafeInteger(threads) || threads < 0)
    throw new InputError(`The number of threads is a whole number from 0 on; ${threads} was given.`);
  if (!(shardBytes >= 1)) throw new InputError(`A shard has at least 1 byte; ${shardBytes} was given.`);
}

/** Documents until somebody asks for an end. @throws the reason of the signal */
async function* until<One>(some: AsyncIterable<One>, signal: AbortSignal | undefined): AsyncGenerator<One> {
  for await (const one of some) {
    signal?.throwIfAborted();
    yield one;
  }
}

/** The documents as ids, from threads where that pays. */
function encoded(options: WriteShardsOptions, tokenizer: Tokenizer, { documents }: Reading): EncodedStream {
  const { layout, promptSeparator, signal, threads = availableParallelism() } = options;
  const isRows = layout === 'rows';
  const read = until(documents, signal);
  if (threads > 0 && encodesInThreads(tokenizer))
    return until(encodeInThreads(read, tokenizer, { threads, isRows, promptSeparator }), signal);
  return isRows ? encodeRows(read, tokenizer, promptSeparator) : encodeTexts(read, tokenizer);
}

/** The files that were read, with their hashes. */
async function sourceFiles({ source, signal }: WriteShardsOptions): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const { path, size } of source.files?.files ?? []) {
    const hash = createHash('sha256');
    for await (const chunk of until(createReadStream(path, { highWaterMark: 1 << 20 }), signal))
      hash.update(chunk as Buffer);
    found.push({ path: resolve(path), size, sha256: hash.digest('hex') });
  }
  return found;
}

/** How numbers are written: tokens, and in rows how many of them are given. */
const dtypeOf = ({ source, length }: WriteShardsOptions, { vocabSize }: Tokenizer) =>
  dtypeFor(Math.max(vocabSize, source.hasPrompts ? length + 1 : 0));

async function indexOf(
  options: WriteShardsOptions,
  tokenizer: Tokenizer,
  reading: Reading,
  written: Written,
): Promise<ShardIndex> {
  const { layout, length, windowEnds = false, separator = null, promptSeparator = null, heldOut = 0.1 } = options;
  const { shards, heldOutShards, isPrompted, padId, counted } = written;
  return {
    format: 1,
    ...{ layout, dtype: dtypeOf(options, tokenizer), length, windowEnds, separator },
    ...{ isPrompted, promptSeparator, promptField: options.source.promptField ?? null },
    ...{ padId, heldOut, tokenizer: encodingHash(tokenizer), shards, heldOutShards },
    ...told(options, tokenizer, reading, counted),
    source: await sourceFiles(options),
  };
}

/** Writes all files of a prepared corpus into an empty folder. */
async function writeInto(folder: string, options: WriteShardsOptions): Promise<ShardIndex> {
  const { layout, shardBytes = SHARD_BYTES } = options;
  const { tokenizer, reading } = await openReading(options);
  const dtype = dtypeOf(options, tokenizer);
  const target = { folder, dtype, most: Math.max(1, Math.floor(shardBytes / BYTES[dtype])) };
  const stream = encoded(options, tokenizer, reading);
  const written = await WRITE_LAYOUT[layout](options, tokenizer, stream, target).catch((error) => {
    throw explained(error, tokenizer, reading);
  });
  const index = await indexOf(options, tokenizer, reading, written);
  for (const [name, text] of Object.entries(tokenizerFiles(tokenizer))) await writeFlushed(join(folder, name), text);
  await writeFlushed(join(folder, INDEX), `${JSON.stringify(index, null, 1)}\n`);
  return index;
}

/**
 * Prepares a corpus once and for all: its tokens in files that are read by parts, so that text may be larger than memory, with an index that
 * tells what they are. Only some documents are in memory at a time. The files are the same whatever the number of threads, and the folder is
 * there whole or not at all.
 * @throws InputError if the folder exists, and as `prepareCorpus`; the reason of the signal
 * @example
 * ```ts
 * import { byteTokenizer, corpusOf, openShards, writeShards } from '@idlm/data';
 *
 * const source = corpusOf(['true places never are. '.repeat(100)]);
 * await writeShards({ source, tokenizer: byteTokenizer(), layout: 'packed', length: 16, out: 'prepared' });
 * const corpus = await openShards('prepared');
 * console.log(corpus.facts.trainTokens); // → 2070
 * ```
 */
export async function writeShards(options: WriteShardsOptions): Promise<ShardIndex> {
  checkWriting(options);
  return writeFolder(options.out, (folder) => writeInto(folder, options));
}
