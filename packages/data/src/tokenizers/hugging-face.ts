import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../errors';
import { type Normalisation, lostCharacters, normalise } from '../normalise';
import { addedToken } from './own-json';
import { MASK_TEXT, type Tokenizer } from './tokenizer';
import { type Token, type TokenizerJson, idsByToken, namedToken, specialToken } from './vocabulary';

type Json = Readonly<Record<string, unknown>>;

/** What the library calls the mask, and ids without a token: halves of surrogate pairs, which no text has. */
const [UNSAID, NO_TOKEN] = ['\uDC00', '\uDC01'] as const;

/** A vocabulary with one of its tokens renamed. */
function renamed(vocab: unknown, { id, content }: Token): unknown {
  if (!Array.isArray(vocab)) {
    const entries = Object.entries((vocab ?? {}) as Record<string, number>);
    return Object.fromEntries(entries.map(([token, number]) => [token === content ? UNSAID : token, number]));
  }
  return vocab.map((entry: [string, number], number) => (number === id ? [UNSAID, entry[1]] : entry));
}

/** `tokenizer.json` with the mask under a name that no text can spell, and nothing added to texts. */
function forEncoding(json: Json, mask: Token, size: number): Json {
  const { added_tokens: added = [], model } = json as TokenizerJson;
  return {
    normalizer: null,
    pre_tokenizer: null,
    decoder: null,
    ...json,
    post_processor: null,
    added_tokens: [
      ...added.filter(({ id }) => id !== mask.id),
      addedToken(mask.id, UNSAID),
      addedToken(size, NO_TOKEN),
    ],
    model: { ...model, vocab: renamed(model?.vocab, mask) },
  };
}

/** `tokenizer.json` with a mask behind its last token, which it lacks. */
function withMask(json: Json, { id, content }: Token): Json {
  const { added_tokens: added = [], model } = json as TokenizerJson;
  // Python numbers added tokens by itself where the vocabulary has not got them, and otherwise where ids have holes.
  const vocab = Array.isArray(model?.vocab) ? model.vocab : { ...model?.vocab, [content]: id };
  return { ...json, added_tokens: [...added, addedToken(id, content)], model: { ...model, vocab } };
}

/** Says which word is unknown, and where. */
function refuseToken(what: string, text: string, token: string): never {
  const line = text.slice(0, Math.max(0, text.indexOf(token))).split('\n').length;
  throw new InputError(
    `The tokenizer has ${what} ${JSON.stringify(token)}, which stands in line ${line}; take one that has it, or change the text.`,
  );
}

/**
 * A tokenizer of the Hugging Face hub. The mask is the one that its configuration names, else `[MASK]`, `<mask>` or one of
 * the other usual names; else one is added at the end, as the public MDLM models do (GPT-2: 50257 tokens and the mask 50257).
 * @param config `tokenizer_config.json`
 * @throws InputError if the JSON is no tokenizer
 */
export function huggingFaceTokenizer(json: Json, config: Json = {}, normalisation: Normalisation = 'none'): Tokenizer {
  const ids = idsByToken(json as TokenizerJson);
  const last = [...ids.values()].reduce((top, id) => Math.max(top, id), -1);
  if (last < 0)
    throw new InputError('tokenizer.json holds no vocabulary; it is no tokenizer of the Hugging Face format.');
  const own = specialToken('mask', ids, config);
  const mask = own ?? { id: last + 1, content: namedToken(config, 'mask_token') ?? '[MASK]' };
  const vocabSize = Math.max(last, mask.id) + 1;
  const { model } = json as TokenizerJson;
  // Word-level models take the unknown word from the configuration in this library, and from tokenizer.json elsewhere.
  const library = new HuggingFaceTokenizer(forEncoding(json, mask, vocabSize) as never, {
    unk_token: model?.unk_token,
  });
  const encode = (text: string): Int32Array => {
    const simple = normalise(text, normalisation);
    const found = library.encode(simple, { add_special_tokens: false });
    return Int32Array.from(found.ids as (number | undefined)[], (id, i) => {
      if (id === undefined) refuseToken('no token for', simple, found.tokens[i] ?? '');
      if (id === mask.id) refuseToken('only its mask for', simple, found.tokens[i] ?? '');
      return id;
    });
  };
  const end = specialToken('end', ids, config)?.id;
  return {
    kind: 'hugging-face',
    vocabSize,
    maskId: mask.id,
    addedMask: !own,
    padId: specialToken('pad', ids, config)?.id,
    endOfTextId: end,
    beginId: specialToken('begin', ids, config)?.id,
    unknownId: model?.unk_id ?? ids.get(model?.unk_token ?? ''),
    separator: end === undefined ? separatorBy(encode) : Int32Array.of(end),
    normalise: normalisation,
    encode,
    lost: (text) => lostCharacters(text, normalisation),
    decode(tokens) {
      if (!tokens.length) return '';
      const known = Array.from(tokens, (id) => (library.id_to_token(id) === undefined ? vocabSize : id));
      const cleaned = config['clean_up_tokenization_spaces'] === true;
      return library
        .decode(known, { skip_special_tokens: false, clean_up_tokenization_spaces: cleaned })
        .replaceAll(UNSAID, MASK_TEXT)
        .replaceAll(NO_TOKEN, '\uFFFD');
    },
    json: own ? json : withMask(json, mask),
    config: { ...config, mask_token: mask.content },
  };
}

/** A line end, else a space, as a vocabulary without an end of texts encodes it. */
function separatorBy(encode: (text: string) => Int32Array): Int32Array {
  for (const text of ['\n', ' ']) {
    try {
      const ids = encode(text);
      if (ids.length) return ids;
    } catch {
      // The vocabulary lacks it.
    }
  }
  return new Int32Array(0);
}
