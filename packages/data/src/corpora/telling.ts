import type { CorpusFacts } from './facts';
import { corpusNotes } from './notes';
import type { PrepareOptions } from './prepared';
import type { Reading } from './reading';
import type { Tokenizer } from '../tokenizers/tokenizer';

/** What a layout made of the documents, in numbers. */
export interface Counted extends Pick<
  CorpusFacts,
  'trainTokens' | 'heldOutTokens' | 'heldOutIsTraining' | 'unknownTokens' | 'separator' | 'hash'
> {
  readonly left: { readonly emptied: number; readonly tooLong: number; readonly emptiedPrompts: number };
}

/** How often a token stands among others. */
export function countOf(id: number | undefined, tokens: ArrayLike<number>): number {
  let count = 0;
  if (id !== undefined) for (let i = 0; i < tokens.length; i++) if (tokens[i] === id) count++;
  return count;
}

/** How much text it is, and what there is to say of it. */
export function told(
  { source, length }: Pick<PrepareOptions, 'source' | 'length'>,
  tokenizer: Tokenizer,
  { counts, lost }: Pick<Reading, 'counts' | 'lost'>,
  { left, separator, ...counted }: Counted,
): { readonly facts: CorpusFacts; readonly notes: readonly string[] } {
  const { files } = source;
  const { documents, characters, empty } = counts;
  const { emptied, tooLong, emptiedPrompts } = left;
  const facts: CorpusFacts = {
    ...{ documents, characters, lostCharacters: lost(), leftOut: { empty, emptied, tooLong } },
    ...counted,
    tokens: counted.trainTokens + counted.heldOutTokens,
    ...(separator === undefined ? {} : { separator }),
    ...(files ? { files: files.files.map(({ path }) => path) } : {}),
  };
  return { facts, notes: corpusNotes(facts, tokenizer, { counts, files, length, emptiedPrompts }) };
}
