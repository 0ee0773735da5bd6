import { Tokenizer as Library } from '@huggingface/tokenizers';
import { InputError, isInputError } from '../errors';
import type { Normalisation } from '../normalise';
import { NO_ENTRY, NO_TOKEN, UNSAID, libraryJson } from './library-json';
import { tokenBytes } from './byte-level/token-bytes';
import { makeTokenizer } from './make-tokenizer';
import { textEncoder } from './text-encoder';
import { MASK_TEXT, type Tokenizer } from './tokenizer';
import { type Token, type TokenizerJson, idsByToken, namedToken, specialToken, withToken } from './vocabulary';

type Json = Readonly<Record<string, unknown>>;

/** What tokenizers of the Hugging Face format are called; no type of another format has the name. */
export const HUGGING_FACE = 'hugging-face';

/** @throws InputError in the place of whatever parts that are damaged or not known make a reader throw */
function readable<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (isInputError(error)) throw error;
    throw new InputError(`tokenizer.json cannot be used: ${(error as Error).message}.`);
  }
}

/** @throws InputError for parts that the library does not know */
const open = (json: TokenizerJson, mask: Token, size: number) =>
  readable(() => {
    const adapted = libraryJson(json, mask, size);
    // Word-level models take the unknown word from the configuration there, and from tokenizer.json in Python.
    const library = new Library(adapted, { unk_token: adapted.model?.unk_token });
    return { library, run: textEncoder({ ...adapted, pre_tokenizer: json['pre_tokenizer'] }, library) };
  });

/** Ids of all tokens by their text. @throws InputError if there are none, one is no id, or a token no text */
function readIds(json: TokenizerJson): Map<string, number> {
  const ids = readable(() => idsByToken(json));
  if (!ids.size)
    throw new InputError('tokenizer.json holds no vocabulary; it is no tokenizer of the Hugging Face format.');
  for (const [token, id] of ids as ReadonlyMap<unknown, unknown>) {
    const [named, numbered] = [JSON.stringify(token) ?? 'nothing', JSON.stringify(id) ?? 'nothing'];
    if (!(Number.isInteger(id) && (id as number) >= 0))
      throw new InputError(`tokenizer.json gives ${named} the id ${numbered}; ids are whole numbers from 0 on.`);
    if (typeof token !== 'string')
      throw new InputError(`tokenizer.json gives ${named} the id ${numbered}; tokens are texts.`);
  }
  return ids;
}

/** Encodes texts. @throws InputError naming the first token that cannot be said, and its line */
function encoderOf(run: ReturnType<typeof open>['run'], maskId: number): (text: string) => Int32Array {
  const isSaid = (text: string): boolean => {
    try {
      const ids = run(text, () => {
        throw new InputError('');
      });
      return !ids.includes(maskId);
    } catch {
      return false;
    }
  };
  const refuse = (text: string, what: string): never => {
    const line = text.split('\n').findIndex((part) => !isSaid(part)) + 1;
    throw new InputError(
      `The tokenizer has ${what}, which stands in line ${line || 1}; take a tokenizer that has it, or change the text.`,
    );
  };
  return (text) => {
    const ids = run(text, (token) => refuse(text, `no token for ${JSON.stringify(token)}`));
    return ids.includes(maskId) ? refuse(text, 'nothing but its mask for a word') : ids;
  };
}

/** Half a pair of surrogates that no other half stands before: with it, both are a character of the text. */
const ALONE = { [UNSAID]: new RegExp(UNSAID, 'gu'), [NO_TOKEN]: new RegExp(NO_TOKEN, 'gu') } as const;

/** Ids as text. */
function decoderOf(library: Library, size: number, config: Json): (ids: ArrayLike<number>) => string {
  const options = {
    skip_special_tokens: false,
    clean_up_tokenization_spaces: config['clean_up_tokenization_spaces'] === true,
  };
  return (ids) => {
    if (!ids.length) return '';
    const known = Array.from(ids, (id) => (library.id_to_token(id) === undefined ? size : id));
    return library.decode(known, options).replaceAll(ALONE[UNSAID], MASK_TEXT).replaceAll(ALONE[NO_TOKEN], '\uFFFD');
  };
}

/**
 * A tokenizer of the Hugging Face hub, which gives the ids and texts of Python's `tokenizers`. The mask is the one that its
 * configuration names, else `[MASK]`, `<mask>` or one of the other usual names; else one is added at the end, as the public
 * MDLM models do (GPT-2: 50257 tokens and the mask 50257).
 * @param source `tokenizer.json`
 * @param config `tokenizer_config.json`
 * @throws InputError if the JSON is no tokenizer, or has parts that are not known here
 * @example
 * ```ts
 * import { huggingFaceTokenizer } from '@idlm/data';
 *
 * const vocab = { '[UNK]': 0, call: 1, me: 2, ishmael: 3 };
 * const tokenizer = huggingFaceTokenizer({
 *   normalizer: { type: 'Lowercase' },
 *   pre_tokenizer: { type: 'Whitespace' },
 *   model: { type: 'WordLevel', unk_token: '[UNK]', vocab },
 * });
 * console.log(...tokenizer.encode('Call me Ahab'), tokenizer.maskId); // → 1 2 0 4
 * ```
 */
export function huggingFaceTokenizer(
  source: Json,
  config: Json = {},
  normalisation: Normalisation = 'none',
): Tokenizer {
  const json: TokenizerJson = { ...source, added_tokens: (source as TokenizerJson).added_tokens ?? [] };
  const ids = readIds(json);
  const last = [...ids.values()].reduce((top, id) => Math.max(top, id));
  const own = specialToken('mask', ids, config);
  const mask = own ?? { id: last + 1, content: namedToken(config, 'mask_token') ?? '[MASK]' };
  const vocabSize = Math.max(last, mask.id) + 1;
  const { library, run } = open(json, mask, vocabSize);
  const { model } = json;
  return makeTokenizer(
    {
      spec: { name: HUGGING_FACE },
      vocabSize,
      maskId: mask.id,
      addedMask: !own,
      padId: specialToken('pad', ids, config)?.id,
      endOfTextId: specialToken('end', ids, config)?.id,
      beginId: specialToken('begin', ids, config)?.id,
      unknownId: model?.unk_id ?? ids.get(model?.unk_token ?? NO_ENTRY),
      spaceLeads: true,
      encode: encoderOf(run, mask.id),
      decode: decoderOf(library, vocabSize, config),
      byteLength: tokenBytes(json, ids),
      json: own ? json : withToken(json, mask),
      config: { ...config, mask_token: mask.content },
    },
    normalisation,
  );
}
