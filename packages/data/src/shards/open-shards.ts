import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrepareOptions, PreparedCorpus, ReadingProgress } from '../corpora/prepared';
import { refusePadding } from '../corpora/options';
import { corpusFrom } from '../corpora/prepare';
import { InputError } from '../errors';
import { loadTokenizer } from '../tokenizers/folder';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { encodingHash } from './encoding-hash';
import { type Shard, type ShardIndex, readIndex } from './index-file';
import { READ_LAYOUT } from './read-layouts';
import { BYTES } from './shard-writer';

/** How a prepared folder is used. */
export interface OpenShardsOptions {
  /** That of a model, which must give the ids of the folder's own (default). */
  readonly tokenizer?: Tokenizer;
  /** Whether packed windows begin and end with the vocabulary's begin and end of a text (default: as it was prepared). */
  readonly windowEnds?: boolean;
  /** Tokens of the held-out windows of packed text (default: as it was prepared); of rows, which keep their length, that one alone. */
  readonly length?: number;
  /** The token that stands before rows, as `prepareCorpus` has it. */
  readonly rowStart?: PrepareOptions['rowStart'];
  /** What becomes of the padding of rows, as `prepareCorpus` has it. */
  readonly padding?: PrepareOptions['padding'];
  readonly onProgress?: (progress: ReadingProgress) => void;
}

const AGAIN = 'prepare the text again';

/** @throws InputError if a shard is not there, cut off or changed */
async function checkShard(
  folder: string,
  shard: Shard,
  width: number,
  onBytes: (count: number) => void,
): Promise<void> {
  const path = join(folder, shard.file);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new InputError(`${path} is missing; put it back, or ${AGAIN}.`);
  if (found.size !== shard.count * width)
    throw new InputError(
      `${path} has ${found.size} bytes instead of ${shard.count * width}; it is cut off or changed. Put it back, or ${AGAIN}.`,
    );
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    onBytes((chunk as Buffer).length);
  }
  if (hash.digest('hex') !== shard.sha256)
    throw new InputError(`${path} is not what was written (its sha256 differs); put it back, or ${AGAIN}.`);
}

/** @throws InputError as `checkShard` */
async function checkShards(
  folder: string,
  { shards, heldOutShards, dtype }: ShardIndex,
  onProgress?: (progress: ReadingProgress) => void,
): Promise<void> {
  const all = [...shards, ...heldOutShards];
  const total = all.reduce((sum, { count }) => sum + count * BYTES[dtype], 0);
  let bytes = 0;
  for (const shard of all) {
    await checkShard(folder, shard, BYTES[dtype], (count) => onProgress?.({ bytes: (bytes += count), total }));
  }
}

/** @throws InputError for what is asked of rows that they were not made with */
function checkRows(folder: string, { length, windowEnds }: ShardIndex, asked: OpenShardsOptions): void {
  if (asked.length !== undefined && asked.length !== length)
    throw new InputError(`The rows in ${folder} have ${length} tokens, and ${asked.length} were asked for; ${AGAIN}.`);
  if (asked.windowEnds !== undefined && asked.windowEnds !== windowEnds)
    throw new InputError(
      `The rows in ${folder} were prepared with windowEnds ${windowEnds}, and ${asked.windowEnds} was asked for; ${AGAIN}.`,
    );
}

/**
 * Opens what `writeShards` wrote. Nothing but an index is held: batches are read from the files, in an order that is shuffled anew each epoch.
 * All files are read through once, to see that they are what was written.
 * @throws InputError if the folder is none, damaged, or of another tokenizer, or rows are asked for that it does not hold
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { byteTokenizer, corpusOf, openShards, writeShards } from '@idlm/data';
 *
 * const source = corpusOf(['true places never are. '.repeat(100)]);
 * await writeShards({ source, tokenizer: byteTokenizer(), layout: 'packed', length: 16, out: 'prepared' });
 * const corpus = await openShards('prepared', { length: 8 });
 * const { ids } = await corpus.loader({ length: 8, batch: 4, random: randomStream(1) }).at(0); // [4 · 8]
 * console.log(ids.length, corpus.heldOut.batch, corpus.facts.heldOutTokens); // → 32 28 230
 * ```
 */
export async function openShards(folder: string, options: OpenShardsOptions = {}): Promise<PreparedCorpus> {
  const index = await readIndex(folder);
  if (!index) throw new InputError(`${folder} holds no prepared text (index.json is missing).`);
  const own = await loadTokenizer(folder);
  if (encodingHash(own) !== index.tokenizer)
    throw new InputError(`The tokenizer in ${folder} is not the one that its text was prepared with; ${AGAIN}.`);
  const tokenizer = options.tokenizer ?? own;
  if (encodingHash(tokenizer) !== index.tokenizer)
    throw new InputError(`The text in ${folder} was prepared with another tokenizer; prepare it with the model's.`);
  if (index.layout === 'rows') checkRows(folder, index, options);
  else refusePadding(options.padding);
  const used = {
    ...index,
    length: options.length ?? index.length,
    windowEnds: options.windowEnds ?? index.windowEnds,
  };
  await checkShards(folder, index, options.onProgress);
  const laidOut = READ_LAYOUT[index.layout](folder, used, tokenizer, options);
  return corpusFrom(laidOut, { facts: index.facts, notes: [...index.notes, ...laidOut.notes] });
}
