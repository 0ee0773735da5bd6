import { InputError } from '../errors';
import { addedToken } from './own-json';
import type { Token, TokenizerJson, Vocabulary } from './vocabulary';

/**
 * What the library calls the mask, ids without a token, and characters without an entry: halves of surrogate pairs, which
 * no text has that was normalised.
 */
export const [UNSAID, NO_TOKEN, NO_ENTRY] = ['\uDC00', '\uDC01', '\uDC02'] as const;

/** A part of `tokenizer.json` with a type, such as a normalizer. */
interface Part {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A vocabulary with one of its tokens renamed. */
function renamed(vocab: Vocabulary = {}, { id, content }: Token): Vocabulary {
  if (Array.isArray(vocab)) return vocab.map(([token, score], i) => [i === id ? UNSAID : token, score] as const);
  return Object.fromEntries(Object.entries(vocab).map(([token, i]) => [token === content ? UNSAID : token, i]));
}

/** A replacement as it stands: `$&` and its like mean something to JavaScript, and nothing to Python's. */
const literal = (content: unknown): string => String(content ?? '').replaceAll('$', '$$$$');

const sequence = (...normalizers: readonly Part[]): Part => ({ type: 'Sequence', normalizers });
const replace = (pattern: object, content: string): Part => ({ type: 'Replace', pattern, content });

/** Normalizers in which the library differs from Python's, in terms of those in which it does not. */
function normalizerFor(json: Part | null): Part | null {
  if (json?.type === 'Sequence')
    return { ...json, normalizers: (json['normalizers'] as Part[]).map((part) => normalizerFor(part)) };
  if (json?.type === 'Replace') return { ...json, content: literal(json['content']) };
  if (json?.type === 'Nmt')
    return sequence(
      replace({ Regex: '[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\x8F\\x9F]' }, ''),
      replace({ Regex: '[\\t\\n\\f\\r\\u1680\\u200B-\\u200F\\u2028\\u2029\\u2581\\uFEFF\\uFFFD]' }, ' '),
    );
  // A small sigma does not depend on what stands behind it there.
  const isLowering = json?.type === 'Lowercase' || (json?.type === 'BertNormalizer' && json['lowercase']);
  return isLowering ? sequence(replace({ String: 'Σ' }, 'σ'), json) : json;
}

/** Decoders likewise: the library's takes the first space away even where none was put there. */
function decoderFor(json: Part | null): Part | null {
  if (json?.type === 'Sequence')
    return { ...json, decoders: (json['decoders'] as Part[]).map((part) => decoderFor(part)) };
  if (json?.type === 'Replace') return { ...json, content: literal(json['content']) };
  if (json?.type !== 'Metaspace' || json['prepend_scheme'] !== 'never') return json;
  return { type: 'Replace', pattern: { String: json['replacement'] ?? '▁' }, content: ' ' };
}

/** Kinds of models; the library takes others for one of them, by what they hold. */
const MODELS = ['BPE', 'WordPiece', 'WordLevel', 'Unigram'];

/**
 * `tokenizer.json` as the library is to read it: the mask under a name that no text can spell, so that it is never a word of
 * one, and with parts that do what Python's `tokenizers` does.
 * @param size an id behind all others
 * @throws InputError for a model that the library reads as another one, or does not know
 */
export function libraryJson(json: TokenizerJson, mask: Token, size: number): TokenizerJson {
  const { added_tokens: added = [], model } = json;
  if (model?.type !== undefined && !MODELS.includes(model.type))
    throw new InputError(
      `The model of tokenizer.json is of the type ${JSON.stringify(model.type)}, and those that are read here are ${MODELS.join(', ')}.`,
    );
  if (model?.type === 'BPE' && model.continuing_subword_prefix)
    throw new InputError('The BPE model of tokenizer.json has a continuing_subword_prefix, which is not read here.');
  const unknown = model?.type === 'BPE' ? { unk_token: model.unk_token ?? NO_ENTRY } : {};
  return {
    ...json,
    normalizer: normalizerFor((json['normalizer'] ?? null) as Part | null),
    // Texts are cut into words, and get no special tokens, by our own means.
    pre_tokenizer: null,
    post_processor: null,
    decoder: decoderFor((json['decoder'] ?? null) as Part | null),
    added_tokens: [
      ...added.filter(({ id }) => id !== mask.id),
      addedToken(mask.id, UNSAID),
      addedToken(size, NO_TOKEN),
    ],
    model: { ...model, ...unknown, vocab: renamed(model?.vocab, mask) },
  };
}
