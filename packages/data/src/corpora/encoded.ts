import { normalise } from '../normalise';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { type CorpusDocument, type Documents, documentOf } from './document';
import { partsOf } from './formats/text';
import { type PromptSeparator, encodePrompted } from './prompts';

/** The ids of a document or a part of one. */
export interface Encoded {
  readonly ids: Int32Array;
  /** It goes on from the one before. */
  readonly isContinued: boolean;
  /** How many of the ids are the prompt; undefined where there is none. */
  readonly prompt?: number;
  /** Whether the prompt had any text. */
  readonly hasPrompt?: boolean;
}

/** Encoded documents in their order, some at a time. */
export type EncodedStream = AsyncIterable<readonly Encoded[]>;

/** What stands before a text that goes on: the last token so far, and the last character. */
interface Before {
  readonly token: number;
  readonly character: string;
}

/**
 * The ids of a text that goes on. Letters lose spaces at their ends, so those that part it from what stands before are seen
 * only behind a letter.
 */
function encodeContinued(text: string, tokenizer: Tokenizer, before: Before | undefined): Int32Array {
  if (tokenizer.normalise !== 'letters' || !before) return tokenizer.encode(text);
  const letter = tokenizer.decode([before.token]);
  const space = normalise(`a${before.character}a`, 'letters').includes(' ') ? ' ' : '';
  return tokenizer.encode(letter + space + text).subarray(tokenizer.encode(letter).length);
}

/** The parts of a document, short enough to be encoded at once. */
export function* documentParts({ text, isContinued = false }: CorpusDocument): Generator<CorpusDocument> {
  let isFirst = !isContinued;
  for (const part of partsOf(text)) {
    yield { text: part, isContinued: !isFirst };
    isFirst = false;
  }
}

/** Encodes texts as one long row is made of them, long ones in parts. */
export async function* encodeTexts(documents: Documents, tokenizer: Tokenizer): AsyncGenerator<readonly Encoded[]> {
  // Of the document at hand: none while it has no tokens.
  let before: Before | undefined;
  for await (const given of documents) {
    const encoded: Encoded[] = [];
    for (const { text, isContinued = false } of documentParts(documentOf(given))) {
      if (!isContinued) before = undefined;
      const ids = encodeContinued(text, tokenizer, before);
      encoded.push({ ids, isContinued });
      const token = ids.at(-1) ?? before?.token;
      if (token !== undefined && text) before = { token, character: text.at(-1)! };
    }
    yield encoded;
  }
}

/** The ids of a document that is a row by itself. */
export function encodeRow(
  { text, prompt }: CorpusDocument,
  tokenizer: Tokenizer,
  separator?: PromptSeparator,
): Encoded {
  if (prompt === undefined) return { ids: tokenizer.encode(text), isContinued: false };
  return { ...encodePrompted({ prompt, text }, tokenizer, separator), isContinued: false, hasPrompt: prompt !== '' };
}

/** Encodes documents as each is to be a row. */
export async function* encodeRows(
  documents: Documents,
  tokenizer: Tokenizer,
  separator?: PromptSeparator,
): AsyncGenerator<readonly Encoded[]> {
  for await (const given of documents) yield [encodeRow(documentOf(given), tokenizer, separator)];
}
