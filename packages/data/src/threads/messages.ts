import type { PromptSeparator } from '../corpora/prompts';
import { InputError, isInputError } from '../errors';
import type { Normalisation } from '../normalise';

/** What a thread is started with: a tokenizer of the Hugging Face format. */
export interface ThreadData {
  /** `tokenizer.json`, as text. */
  readonly json: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly normalise: Normalisation;
  readonly promptSeparator: PromptSeparator | undefined;
}

/** Texts to encode, and their prompts where they have some. */
export interface Order {
  readonly texts: readonly string[];
  readonly prompts?: readonly string[];
}

/** Their ids, one text behind the other, how many each has, and how many of these are its prompt. */
export interface EncodedTexts {
  readonly ids: Int32Array;
  readonly counts: Int32Array;
  readonly prompts?: Int32Array;
}

/** What a thread answers. */
export type Reply = EncodedTexts | { readonly failure: { readonly message: string; readonly isInput: boolean } };

/** An error as it crosses threads. */
export const failureIn = (error: Error): Reply => ({
  failure: { message: error.message, isInput: isInputError(error) },
});

/** A reply that is no failure. @throws what was thrown there */
export function answered(reply: Reply): EncodedTexts {
  if (!('failure' in reply)) return reply;
  throw reply.failure.isInput ? new InputError(reply.failure.message) : new Error(reply.failure.message);
}
