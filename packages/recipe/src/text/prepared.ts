import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError, type Spec } from '@idlm/core-diffusion';
import {
  type Normalisation,
  type PrepareOptions,
  type ShardIndex,
  type Tokenizer,
  encodingHash,
  hashOf,
  loadTokenizer,
  readIndex,
  tokenizers,
} from '@idlm/data';
import type { Config } from '../config/schema';
import { type LoadedConfig, originOf } from '../config/load';
import { isCommanded } from '../config/overrides';
import { requireUsed } from '../config/unread';
import { isTokenizerFolder, openTokenizerFolder, tokenizerChoice } from './tokenizer';

type Data = Config['data'];

/** Bytes of text files beyond which `train` and others prepare it: less is sooner read than written. */
const LARGE = 2 ** 28;

/** Whether a text is too large to be held in memory as tokens, and can be prepared. */
export const isLarge = ({ source }: PrepareOptions): boolean =>
  (source.files?.files ?? []).reduce((sum, { size }) => sum + size, 0) > LARGE;

/** What tells a tokenizer that is made for a text from others that are. */
const madeBy = (chosen: Spec | string, normalise: Normalisation | undefined, beginning: boolean): unknown => {
  const spec = tokenizers.withDefaults(chosen);
  return { spec, normalise: normalise ?? tokenizers.get(spec.name).normalise ?? 'none', beginning };
};

/**
 * Where a text is kept once it is prepared: in the folder `prepared` beside a run, under a name that follows from its files and from all that
 * its tokens depend on, so that runs beside one another share it. A model's tokenizer takes the folder that was made with it, and otherwise
 * one of its own: a name such as `bpe` stands for what is learned from the text, and not for what a model learned from another.
 */
export async function preparedFolder(run: string, data: Data, options: PrepareOptions): Promise<string> {
  const files = await Promise.all(
    (options.source.files?.files ?? []).map(async ({ path, format }) => {
      const { size, mtimeMs } = await stat(path);
      return { path: resolve(path), format, size, mtimeMs };
    }),
  );
  const {
    layout,
    length,
    windowEnds,
    heldOut,
    separator,
    promptSeparator,
    tokenizer = 'characters',
    normalise,
  } = options;
  const ofRows = layout === 'rows' ? { length, windowEnds: windowEnds ?? false } : {};
  const read = { layout, ...ofRows, heldOut, separator, promptSeparator };
  const folderFor = (tokens: unknown) => {
    const key = { files, field: data.field, promptField: data.promptField, tokenizer: tokens, ...read };
    return join(dirname(resolve(run)), 'prepared', hashOf(JSON.stringify(key)).slice(0, 16));
  };
  const beginning = layout === 'rows' && (options.rowStart ?? false) !== false;
  if (typeof tokenizer !== 'object' || !('encode' in tokenizer))
    return folderFor(madeBy(tokenizer, normalise, beginning));
  const own = encodingHash(tokenizer);
  const isNamed = tokenizers.find(tokenizer.spec.name) !== undefined;
  const ofTraining = isNamed && folderFor(madeBy(tokenizer.spec, tokenizer.normalise, beginning));
  return ofTraining && (await readIndex(ofTraining))?.tokenizer === own ? ofTraining : folderFor(own);
}

/** Whether a configured tokenizer is that of a prepared folder, by whichever folder or name it is chosen. */
async function isSameTokenizer(set: Data['tokenizer'], own: Tokenizer): Promise<boolean> {
  if (isTokenizerFolder(set)) return encodingHash(await openTokenizerFolder(set, own.normalise)) === encodingHash(own);
  return isDeepStrictEqual(tokenizers.withDefaults(set), tokenizers.withDefaults(own.spec));
}

/** The settings that a prepared text was made with, and those that others may be set for. */
function settingsOf(index: ShardIndex, { normalise }: Tokenizer): { fixed: Partial<Data>; free: Partial<Data> } {
  const { layout, length, windowEnds, separator, promptSeparator, heldOut, isPrompted } = index;
  const promptField = isPrompted ? (index.promptField ?? 'prompt') : null;
  const fixed = { layout, heldOut, separator, promptSeparator, promptField, normalise };
  return layout === 'rows'
    ? { fixed: { ...fixed, length, windowEnds }, free: {} }
    : { fixed, free: { length, windowEnds } };
}

/** Fields whose null means what suits the text, and says nothing against what it is. */
const SUITED: readonly (keyof Data)[] = ['layout', 'normalise'];

/**
 * The configuration with what a prepared folder says of its text, where `data.corpus` is one: each field of `data` that nobody has set.
 * @throws InputError for a field that is set otherwise, where it cannot be chosen any more, and for what a command line says of files
 */
export async function withPreparedText(loaded: LoadedConfig): Promise<LoadedConfig> {
  const { data } = loaded.config;
  const index = await readIndex(data.corpus);
  if (!index) return loaded;
  const fields = ['data.format', 'data.field', ...(index.isPrompted ? [] : ['data.promptField'])];
  requireUsed(loaded, [{ fields, isRead: false, otherwise: `${data.corpus} is prepared, and its files are not read` }]);
  const own = await loadTokenizer(data.corpus);
  const origin = (field: keyof Data) => originOf(loaded, `data.${field}`);
  /** Whether somebody has said so of this text; a model's run tells how it read another. */
  const isSaid = (field: keyof Data) => {
    if (data[field] === null) return !SUITED.includes(field) && isCommanded(origin(field) ?? '');
    return field === 'promptField' ? isCommanded(origin(field) ?? '') : origin(field) !== undefined;
  };
  const refuse = (field: keyof Data, value: unknown) => {
    throw new InputError(
      `The text in ${data.corpus} was prepared with data.${field} ${JSON.stringify(value)}, and ${origin(field)} says ${JSON.stringify(data[field])}; leave it out, or prepare the text again.`,
    );
  };
  const tokenizer = tokenizerChoice(own, data.corpus);
  if (origin('tokenizer') !== undefined && !(await isSameTokenizer(data.tokenizer, own)))
    refuse('tokenizer', tokenizer);
  const { fixed, free } = settingsOf(index, own);
  for (const [name, value] of Object.entries(fixed)) {
    const field = name as keyof Data;
    if (isSaid(field) && data[field] !== value) refuse(field, value);
  }
  const unset = Object.entries({ tokenizer, ...free }).filter(([field]) => origin(field as keyof Data) === undefined);
  const taken = { ...fixed, ...Object.fromEntries(unset) };
  return {
    config: { ...loaded.config, data: { ...data, ...taken } },
    origins: {
      ...loaded.origins,
      ...Object.fromEntries(Object.keys(taken).map((field) => [`data.${field}`, data.corpus])),
    },
  };
}
