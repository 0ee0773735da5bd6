import { type CorpusSource, corpusOf } from '@idlm/data';
import type { Config } from '../config/schema';
import { GIVEN_TEXT, layoutOf, linesOf } from './documents';

/** Texts that a program gives: one, or its documents. */
export type GivenTexts = string | Iterable<string> | AsyncIterable<string>;

/** A configuration that says that its text was given, and comes from no file. */
export const withGivenText = (config: Config): Config => ({
  ...config,
  data: { ...config.data, corpus: GIVEN_TEXT, format: null, field: 'text', promptField: null, promptSeparator: null },
});

/** Texts as a corpus, for several readings; where each document is to be a row, the lines of a text are documents. */
export async function sourceOfTexts(texts: GivenTexts, { data }: Config): Promise<CorpusSource> {
  const documents: string[] = [];
  if (typeof texts === 'string') documents.push(texts);
  else for await (const text of texts) documents.push(text);
  return corpusOf(layoutOf(data) === 'rows' ? linesOf(documents) : documents);
}
