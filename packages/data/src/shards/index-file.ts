import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, jsonFault, parseJson } from '../errors';
import type { CorpusFacts } from '../corpora/facts';
import type { Layout } from '../corpora/prepared';

/** Name of the file that tells what a prepared folder holds. */
export const INDEX = 'index.json';

/** Name of a file of tokens. */
export const shardName = (name: string, number: number): string => `${name}-${String(number).padStart(5, '0')}.bin`;

/** Names of the first files of tokens: there always is one of them. */
const FIRST_SHARDS = ['shard', 'held-out'].map((name) => shardName(name, 0));

/** A file of tokens, little-endian, one behind the other from its first byte on. */
export interface Shard {
  readonly file: string;
  /** Numbers in it: tokens, and in rows with prompts one more for each row. */
  readonly count: number;
  /** Documents that begin in it. */
  readonly documents: number;
  readonly sha256: string;
}

/** A file that a corpus was prepared from. */
export interface SourceFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * What a prepared folder holds, and what it was made from: `index.json`. Beside it lie `shard-00000.bin` and so on, tokens as little-endian
 * numbers from the first byte on without a header, rows behind the number of their given tokens where they have prompts; `held-out-00000.bin`
 * and so on, the same of rows that are held out; and the files of the tokenizer. Each shard but the last is as long as it may be, and a row
 * lies in one of them.
 */
export interface ShardIndex {
  /** Of this file. */
  readonly format: 1;
  readonly layout: Layout;
  /** How a token is written. */
  readonly dtype: 'uint16' | 'uint32';
  /** Tokens of a row; of packed text, those of the windows that it was prepared for, which may be cut otherwise. */
  readonly length: number;
  /** Whether windows of packed text, or the texts of rows, begin and end with the vocabulary's ends of a text. */
  readonly windowEnds: boolean;
  /** The text between packed documents that was set; null for the vocabulary's own. */
  readonly separator: string | null;
  /** Rows stand behind a given number: the tokens of their prompt. */
  readonly isPrompted: boolean;
  readonly promptSeparator: string | null;
  /** The field or column that held the prompts; null where they came from none. */
  readonly promptField: string | null;
  /** The token behind short rows; null where text is packed. */
  readonly padId: number | null;
  /** Share that was to be held out. */
  readonly heldOut: number;
  /** sha256 of what the ids follow from: see `encodingHash`. Its files lie beside. */
  readonly tokenizer: string;
  /** Packed text: all of it, of which the first `facts.trainTokens` are trained on. Rows: those that are trained on. */
  readonly shards: readonly Shard[];
  /** Rows that are held out. */
  readonly heldOutShards: readonly Shard[];
  readonly facts: CorpusFacts;
  /** What there was to say of the text, in sentences. */
  readonly notes: readonly string[];
  readonly source: readonly SourceFile[];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether values are shards, in files of the folder itself. */
const areShards = (values: unknown): values is Shard[] =>
  Array.isArray(values) &&
  (values as Partial<Shard | null>[]).every(
    (one) => /^[\w-]+\.bin$/.test(one?.file ?? '') && isCount(one?.count) && typeof one?.sha256 === 'string',
  );

const sizeOf = (shards: readonly Shard[]): number => shards.reduce((sum, { count }) => sum + count, 0);

/** Whether shards hold as many tokens as is told: rows each with a number of their own where they have prompts. */
function holdWhatIsTold({ layout, length, isPrompted, facts, shards, heldOutShards }: ShardIndex): boolean {
  const { trainTokens, heldOutTokens } = facts;
  if (layout === 'packed') return sizeOf(shards) === trainTokens + heldOutTokens && !heldOutShards.length;
  const numbers = (tokens: number) => (tokens / length) * (length + Number(isPrompted));
  return sizeOf(shards) === numbers(trainTokens) && sizeOf(heldOutShards) === numbers(heldOutTokens);
}

/** Whether a value tells of a prepared corpus. */
function isIndex(value: unknown): value is ShardIndex {
  const { format, layout, dtype, length, padId, tokenizer, notes, shards, heldOutShards, facts } = (value ??
    {}) as Partial<ShardIndex>;
  return (
    format === 1 &&
    (layout === 'packed' || (layout === 'rows' && isCount(padId))) &&
    (dtype === 'uint16' || dtype === 'uint32') &&
    isCount(length) &&
    length > 0 &&
    isCount(facts?.trainTokens) &&
    isCount(facts.heldOutTokens) &&
    Array.isArray(notes) &&
    typeof tokenizer === 'string' &&
    areShards(shards) &&
    areShards(heldOutShards) &&
    holdWhatIsTold(value as ShardIndex)
  );
}

/** The index of a folder; undefined where it has none. @throws InputError if it is damaged, or of another format */
export async function readIndex(folder: string): Promise<ShardIndex | undefined> {
  const path = join(folder, INDEX);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Texts may lie in a file of that name, too: without a shard beside it, it is an index only where it is a whole one.
  const hasShards = FIRST_SHARDS.some((name) => existsSync(join(folder, name)));
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!hasShards) return undefined;
    throw new InputError(`${path} ${jsonFault(error)}; it is damaged or cut off. Prepare the text again.`);
  }
  if (isIndex(value)) return value;
  if (!hasShards) return undefined;
  throw new InputError(`${path} tells of no prepared text of format 1; prepare the text again.`);
}
