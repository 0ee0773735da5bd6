import { existsSync } from 'node:fs';
import { InputError } from '@idlm/core-diffusion';
import {
  type CorpusSource,
  type MemoryCorpus,
  type PrepareOptions,
  type PreparedCorpus,
  type ReadingProgress,
  type ShardIndex,
  type Tokenizer,
  type WriteShardsOptions,
  openShards,
  prepareCorpus as prepare,
  readIndex,
  writeShards,
} from '@idlm/data';
import type { Config } from '../config/schema';
import { hasRowStart, layoutOf, sourceOf } from './documents';
import { isLarge, preparedFolder } from './prepared';
import { configuredTokenizer } from './tokenizer';

/** What `prepareCorpus` gives. */
export type { PreparedCorpus } from '@idlm/data';

/** How a model reads text. */
export interface ModelText {
  readonly tokenizer: Tokenizer;
  /** The token that stands before its rows, where one does. */
  readonly rowStart?: number;
}

/** The configuration with what becomes of the text's characters, as its tokenizer has it. */
export const withNormalisation = (config: Config, { normalise }: Tokenizer): Config => ({
  ...config,
  data: { ...config.data, normalise },
});

/** Settings that say nothing together. @throws InputError naming them */
function checkData({ layout, promptField, promptSeparator }: Config['data']): void {
  if (layout === 'packed' && promptField !== null)
    throw new InputError('Packed windows have no prompts; set data.layout to "rows", or data.promptField to null.');
  if (promptSeparator !== null && promptField === null)
    throw new InputError('data.promptSeparator stands behind prompts, and data.promptField names none; leave it out.');
}

/** How a corpus is read. */
export interface CorpusReading {
  /** The documents, where they do not come from the configured corpus. */
  readonly source?: CorpusSource;
  /** Told how far the reading is. */
  readonly onReading?: (progress: ReadingProgress) => void;
  /** Where files of tokens may be written for a text that is too large for memory; without it, memory must hold them. */
  readonly keeping?: Keeping;
}

/** What the configured corpus is prepared from, and how. @throws InputError as `prepareCorpus` */
async function preparing(
  config: Config,
  given: ModelText | undefined,
  { source, onReading }: Pick<CorpusReading, 'source' | 'onReading'>,
): Promise<PrepareOptions> {
  const { data } = config;
  checkData(data);
  const { length, heldOut, normalise, separator, promptSeparator, windowEnds, padding } = data;
  return {
    ...{
      length,
      heldOut,
      normalise: normalise ?? undefined,
      separator,
      promptSeparator,
      windowEnds,
      padding,
      onProgress: onReading,
    },
    source: source ?? (await sourceOf(data)),
    tokenizer: given?.tokenizer ?? (await configuredTokenizer(config)),
    layout: layoutOf(data),
    rowStart: given ? given.rowStart : hasRowStart(config),
  };
}

/** Where a large text is kept once it is prepared, and who is told of it. */
export interface Keeping {
  /** The folder of a run, beside which it is kept. */
  readonly run: string;
  note(message: string): void;
}

/** The text of a prepared folder, as configured. */
const openPrepared = (
  folder: string,
  { data }: Config,
  options: Pick<PrepareOptions, 'rowStart' | 'onProgress'>,
  given?: ModelText,
): Promise<PreparedCorpus> => {
  const { length, windowEnds, padding } = data;
  return openShards(folder, { ...options, tokenizer: given?.tokenizer, length, windowEnds, padding });
};

/** Prepares a text beside a run, where that is not done yet, and opens it. */
async function prepareBeside(
  { run, note }: Keeping,
  config: Config,
  options: PrepareOptions,
  given?: ModelText,
): Promise<PreparedCorpus> {
  const folder = await preparedFolder(run, config.data, options);
  if (!existsSync(folder)) {
    note(
      `The text is large, so its tokens are written to files first, in ${folder}, which later runs take as they are.`,
    );
    await writeShards({ ...options, out: folder }).catch((error: unknown) => {
      // Another run that was started beside this one may have been sooner.
      if (!existsSync(folder)) throw error;
    });
  }
  return openPrepared(folder, config, options, given);
}

/**
 * Reads, encodes and splits the configured corpus, or opens what `idlm prepare` wrote.
 * @param config as `withPreparedText` gives it
 * @param given how a model reads text, where the corpus must fit it
 * @throws InputError if the corpus is missing, empty, too short, has characters that the tokenizer lacks, or prompts where
 * text is packed; or if a prepared folder is damaged, or of another tokenizer
 */
export async function prepareCorpus(
  config: Config,
  given?: ModelText,
  reading: CorpusReading = {},
): Promise<PreparedCorpus> {
  const { source, onReading, keeping } = reading;
  const rowStart = given ? given.rowStart : hasRowStart(config);
  if (!source && (await readIndex(config.data.corpus)))
    return openPrepared(config.data.corpus, config, { rowStart, onProgress: onReading }, given);
  const options = await preparing(config, given, reading);
  return keeping && isLarge(options) ? prepareBeside(keeping, config, options, given) : prepare(options);
}

/** Reads, encodes and splits the configured corpus, all of it in memory. @throws InputError as `prepareCorpus` */
export const prepareInMemory = async (config: Config, given?: ModelText): Promise<MemoryCorpus> =>
  prepare(await preparing(config, given, {}));

/** Where and how a text is written as files of tokens. */
export interface WriteOptions extends Pick<WriteShardsOptions, 'out' | 'threads' | 'signal'> {
  /** Files, folders and patterns, in the place of `data.corpus`. */
  readonly inputs: readonly string[];
  readonly onReading?: (progress: ReadingProgress) => void;
}

/**
 * Writes a text as files of tokens, as configured, which `data.corpus` can name then.
 * @throws InputError as `prepareCorpus`, and if the folder exists
 */
export async function writePrepared(config: Config, { inputs, onReading, ...how }: WriteOptions): Promise<ShardIndex> {
  const source = await sourceOf(config.data, inputs);
  return writeShards({ ...(await preparing(config, undefined, { source, onReading })), ...how });
}
