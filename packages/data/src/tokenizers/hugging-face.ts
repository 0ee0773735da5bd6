import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../errors';
import { type Normalisation, normalise } from '../normalise';
import { MASK_TEXT, type Tokenizer } from './tokenizer';

interface TokenizerJson {
  readonly model?: { readonly vocab?: Readonly<Record<string, number>> | readonly unknown[] };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
}

/** The padding of a hub vocabulary: its own, else the end of text, as is usual for GPT-2. */
function padIdOf({ added_tokens: added = [] }: TokenizerJson): number | undefined {
  const named = (pattern: RegExp) => added.find(({ content }) => pattern.test(content))?.id;
  return named(/^(\[PAD\]|<pad>|<\|pad\|>)$/i) ?? named(/^(<\|endoftext\|>|<\/s>|\[EOS\])$/i);
}

/** Highest id of a `tokenizer.json`, plus one. */
function countTokens({ model, added_tokens: added = [] }: TokenizerJson): number {
  const vocab = model?.vocab;
  const ids = Array.isArray(vocab) ? [vocab.length - 1] : Object.values((vocab ?? {}) as Record<string, number>);
  const highest = ids.reduce((top, id) => Math.max(top, id), -1);
  return added.reduce((top, { id }) => Math.max(top, id), highest) + 1;
}

/**
 * A tokenizer of the Hugging Face hub. Its own `[MASK]` or `<mask>` token is the mask; else one is added at the end, as
 * the public MDLM models do (GPT-2: 50257 tokens and the mask 50257).
 * @throws InputError if the JSON is no tokenizer
 */
export function huggingFaceTokenizer(
  json: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
  normalisation: Normalisation = 'none',
): Tokenizer {
  const size = countTokens(json as TokenizerJson);
  if (size === 0)
    throw new InputError('tokenizer.json holds no vocabulary; it is no tokenizer of the Hugging Face format.');
  const tokenizer = new HuggingFaceTokenizer(json as never, config as never);
  const own = (json as TokenizerJson).added_tokens?.find(({ content }) => /^(\[MASK\]|<mask>)$/i.test(content));
  const maskId = own?.id ?? size;
  return {
    kind: 'hugging-face',
    vocabSize: Math.max(size, maskId + 1),
    maskId,
    padId: padIdOf(json),
    normalise: normalisation,
    encode: (text) =>
      Int32Array.from(tokenizer.encode(normalise(text, normalisation), { add_special_tokens: false }).ids),
    decode(ids) {
      const parts: number[][] = [[]];
      for (const id of Array.from(ids)) {
        if (id === maskId) parts.push([]);
        else parts[parts.length - 1]!.push(id);
      }
      return parts
        .map((part) => (part.length ? tokenizer.decode(part, { skip_special_tokens: false }) : ''))
        .join(MASK_TEXT);
    },
    json,
  };
}
