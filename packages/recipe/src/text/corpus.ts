import { InputError } from '@idlm/core-diffusion';
import {
  type CorpusSource,
  type PrepareOptions,
  type PreparedCorpus,
  type ReadingProgress,
  type Tokenizer,
  prepareCorpus as prepare,
} from '@idlm/data';
import type { Config } from '../config/schema';
import { hasRowStart, layoutOf, sourceOf } from './documents';
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
}

/**
 * Reads, encodes and splits the configured corpus.
 * @param given how a model reads text, where the corpus must fit it
 * @throws InputError if the corpus is missing, empty, too short, has characters that the tokenizer lacks, or prompts where
 * text is packed
 */
export async function prepareCorpus(
  config: Config,
  given?: ModelText,
  { source, onReading }: CorpusReading = {},
): Promise<PreparedCorpus> {
  const { data } = config;
  checkData(data);
  const { length, heldOut, normalise, separator, promptSeparator, windowEnds } = data;
  const options: PrepareOptions = {
    ...{
      length,
      heldOut,
      normalise: normalise ?? undefined,
      separator,
      promptSeparator,
      windowEnds,
      onProgress: onReading,
    },
    source: source ?? (await sourceOf(data)),
    tokenizer: given?.tokenizer ?? (await configuredTokenizer(config)),
    layout: layoutOf(data),
    rowStart: given ? given.rowStart : hasRowStart(config),
  };
  return prepare(options);
}
