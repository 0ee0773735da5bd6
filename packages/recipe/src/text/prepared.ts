import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import {
  type PrepareOptions,
  type ShardIndex,
  encodingHash,
  hashOf,
  loadTokenizer,
  readIndex,
  tokenizers,
} from '@idlm/data';
import type { Config } from '../config/schema';
import { type LoadedConfig, originOf } from '../config/load';
import { tokenizerChoice } from './tokenizer';

type Data = Config['data'];

/** Bytes of text files beyond which `train` and others prepare it: less is sooner read than written. */
const LARGE = 2 ** 28;

/** Whether a text is too large to be held in memory as tokens, and can be prepared. */
export const isLarge = ({ source }: PrepareOptions): boolean =>
  (source.files?.files ?? []).reduce((sum, { size }) => sum + size, 0) > LARGE;

/** What tells one tokenizer from another before the text is read. */
function tokenizerKey({ tokenizer = 'characters', normalise }: PrepareOptions): unknown {
  if (typeof tokenizer !== 'object' || !('encode' in tokenizer)) {
    const spec = typeof tokenizer === 'string' ? { name: tokenizer } : tokenizer;
    return { spec, normalise: normalise ?? tokenizers.get(spec.name).normalise ?? 'none' };
  }
  // One that was made for a text is known by its name, and so by whoever makes it again for the same text.
  return tokenizer.spec.name === 'hugging-face'
    ? encodingHash(tokenizer)
    : { spec: tokenizer.spec, normalise: tokenizer.normalise };
}

/**
 * Where a text is kept once it is prepared: in the folder `prepared` beside a run, under a name that follows from its files and from all that
 * its tokens depend on, so that runs beside one another share it.
 */
export async function preparedFolder(run: string, data: Data, options: PrepareOptions): Promise<string> {
  const files = await Promise.all(
    (options.source.files?.files ?? []).map(async ({ path, format }) => {
      const { size, mtimeMs } = await stat(path);
      return { path: resolve(path), format, size, mtimeMs };
    }),
  );
  const { layout, length, heldOut, separator, promptSeparator } = options;
  const read = { layout, length: layout === 'rows' ? length : null, heldOut, separator, promptSeparator };
  const key = { files, field: data.field, promptField: data.promptField, tokenizer: tokenizerKey(options), ...read };
  return join(dirname(resolve(run)), 'prepared', hashOf(JSON.stringify(key)).slice(0, 16));
}

/** The tokenizer of a prepared folder, as `data.tokenizer` names it. */
async function tokenizerOf(folder: string): Promise<Pick<Data, 'tokenizer' | 'normalise'>> {
  const tokenizer = await loadTokenizer(folder);
  return { tokenizer: tokenizerChoice(tokenizer, folder), normalise: tokenizer.normalise };
}

/** The settings that a prepared text was made with, and whether others may be set. */
async function settingsOf(folder: string, index: ShardIndex): Promise<{ fixed: Partial<Data>; free: Partial<Data> }> {
  const { layout, length, windowEnds, separator, promptSeparator, heldOut } = index;
  const isRows = layout === 'rows';
  const fixed = { layout, heldOut, separator, promptSeparator, ...(isRows ? { length } : {}) };
  return { fixed, free: { ...(await tokenizerOf(folder)), ...(isRows ? {} : { length, windowEnds }) } };
}

/**
 * The configuration with what a prepared folder says of its text, where `data.corpus` is one: each field of `data` that nobody has set.
 * @throws InputError for a field that is set otherwise, where it cannot be chosen any more
 */
export async function withPreparedText(loaded: LoadedConfig): Promise<LoadedConfig> {
  const { data } = loaded.config;
  const index = await readIndex(data.corpus);
  if (!index) return loaded;
  const isSet = (field: string) => originOf(loaded, `data.${field}`) !== undefined;
  const { fixed, free } = await settingsOf(data.corpus, index);
  for (const [field, value] of Object.entries(fixed)) {
    const set = data[field as keyof Data];
    if (isSet(field) && set !== null && set !== value)
      throw new InputError(
        `The text in ${data.corpus} was prepared with data.${field} ${JSON.stringify(value)}, and ${originOf(loaded, `data.${field}`)} says ${JSON.stringify(set)}; leave it out, or prepare the text again.`,
      );
  }
  const taken = { ...fixed, ...Object.fromEntries(Object.entries(free).filter(([field]) => !isSet(field))) };
  return {
    config: { ...loaded.config, data: { ...data, ...taken } },
    origins: {
      ...loaded.origins,
      ...Object.fromEntries(Object.keys(taken).map((field) => [`data.${field}`, data.corpus])),
    },
  };
}
