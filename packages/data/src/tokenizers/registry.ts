import {
  type OptionDeclarations,
  type Spec,
  UnknownName,
  createChoices,
  readOptions,
  requireDeclarations,
  requireMembers,
  requireRanges,
} from '@idlm/core-diffusion/choices';
import { InputError } from '../errors';
import { type Normalisation, requireNormalisation } from '../normalise';
import { alphabetFinder } from './alphabet';
import { BYTE_PAIR_OPTIONS, bytePairTokenizer, bytePairsFrom } from './byte-pairs';
import { byteTokenizer } from './bytes';
import { LETTERS, characterTokenizer } from './character';
import { GPT2, gpt2Tokenizer } from './gpt2';
import { HUGGING_FACE, huggingFaceTokenizer } from './hugging-face';
import { BEGINNING } from './own-json';
import { savedAlphabet } from './saved-alphabet';
import type { Tokenizer } from './tokenizer';
import type { TextToFit, TokenizerType } from './tokenizer-type';
import { idsByToken } from './vocabulary';

/** How a tokenizer is made, beside its type and its options. */
export interface FitOptions extends Partial<Omit<TextToFit, 'texts'>> {
  /** The texts that it is made for, as they are to be normalised (default: none, which does for types that learn nothing of text). */
  readonly texts?: (normalise: Normalisation) => AsyncIterable<string>;
}

async function* noTexts(): AsyncGenerator<string> {}

const types = createChoices<TokenizerType>(
  'tokenizer',
  {},
  { description: 'string', fit: 'function', load: 'function' },
);

/** @throws InputError for a name that could be a folder's, and for a declared option that cannot be */
function register<const Declared extends OptionDeclarations = OptionDeclarations>(
  name: string,
  type: TokenizerType<Declared>,
): void {
  if (name === HUGGING_FACE || /[\\/]/.test(name) || name.startsWith('.'))
    throw new InputError(`A tokenizer cannot be named "${name}", which means a folder; choose another name.`);
  if (type.options) requireDeclarations(`What is registered as the tokenizer "${name}"`, type.options);
  types.register(name, type as TokenizerType);
}

/**
 * A choice with the defaults of its type, by which two are compared; one of another type, such as a folder's, is as it was.
 * @throws InputError for options that its type does not declare, or that are of another kind
 */
function withDefaults(spec: Spec | string): Spec {
  const { name, options: given = {} } = typeof spec === 'string' ? { name: spec } : spec;
  const declared = types.find(name)?.options;
  const options = declared ? readOptions(`the ${name} tokenizer`, given, declared) : given;
  return Object.keys(options).length ? { name, options } : { name };
}

/**
 * Makes a tokenizer by name.
 * @throws UnknownName naming the nearest type if there is none of that name; InputError for options that it does not declare, or that are of
 * another kind or outside their range
 */
async function create(
  spec: Spec | string,
  { normalise: asked, beginning = false, texts = noTexts }: FitOptions = {},
): Promise<Tokenizer> {
  const { name, options = {} } = withDefaults(spec);
  const type = types.get(name);
  const normalise = asked ?? type.normalise ?? 'none';
  requireNormalisation(normalise);
  const made = await type.fit(options, { normalise, beginning, texts: () => texts(normalise) });
  if (type.options) requireRanges(`the ${name} tokenizer`, options, type.options);
  return requireTokenizer(name, made);
}

/** @throws InputError for what a registered type made that is no tokenizer; `makeTokenizer` makes one of its few necessary parts */
export function requireTokenizer(name: string, made: Tokenizer): Tokenizer {
  requireMembers(`The tokenizer "${name}"`, made, {
    ...{ spec: 'object', vocabSize: 'number', maskId: 'number', separator: 'object', json: 'object', config: 'object' },
    ...{ encode: 'function', decode: 'function', lost: 'function' },
  });
  const [ids, text]: unknown[] = [made.encode(''), made.decode([])];
  // By tag, since `instanceof` fails for arrays of another realm.
  if ((ids as { readonly [Symbol.toStringTag]?: string } | undefined)?.[Symbol.toStringTag] !== 'Int32Array')
    throw new InputError(
      `encode of the tokenizer "${name}" must give an Int32Array; of no text it gave ${String(ids)}.`,
    );
  if (typeof text !== 'string')
    throw new InputError(`decode of the tokenizer "${name}" must give a text; of no ids it gave ${String(text)}.`);
  return made;
}

/**
 * The types of tokenizers; a user's own package adds to them with `register`.
 * @example
 * ```ts
 * import { tokenizers } from '@idlm/data';
 *
 * const tokenizer = await tokenizers.create('bytes', { normalise: 'none' });
 * console.log(...tokenizer.encode('né')); // → 110 195 169
 * ```
 */
export const tokenizers = { ...types, register, withDefaults, create };

tokenizers.register('characters', {
  description: 'one token per character: the letters, or where text is not reduced to them, each character that it has',
  normalise: 'letters',
  options: {},
  async fit(_options, { normalise, beginning, texts }) {
    if (normalise === 'letters') return characterTokenizer(LETTERS, normalise, { beginning });
    const finder = alphabetFinder();
    for await (const text of texts()) finder.add(text);
    return characterTokenizer(finder.found(), normalise, { beginning });
  },
  load({ json, normalise }) {
    const { alphabet, beginning } = savedAlphabet(json);
    return characterTokenizer(alphabet, normalise, { beginning });
  },
});

tokenizers.register('bytes', {
  description: 'one token per UTF-8 byte, so that any text can be said',
  normalise: 'letters',
  options: {},
  fit: (_options, { normalise, beginning }) => byteTokenizer(normalise, { beginning }),
  load: ({ json, normalise }) => byteTokenizer(normalise, { beginning: idsByToken(json).has(BEGINNING) }),
});

tokenizers.register('bpe', {
  description: 'pieces of words that are learned from the text, as byte pairs',
  options: BYTE_PAIR_OPTIONS,
  fit: bytePairTokenizer,
  load: bytePairsFrom,
});

tokenizers.register(GPT2, {
  description:
    "GPT-2's byte-level vocabulary, which most published models use; it comes with the package gpt-tokenizer",
  options: {},
  fit: (_options, { normalise }) => gpt2Tokenizer(normalise),
  load: ({ json, config, normalise }) => ({ ...huggingFaceTokenizer(json, config, normalise), spec: { name: GPT2 } }),
});

/** @throws UnknownName if a folder's tokenizer is of a type that nobody has registered */
export function savedType(name: string, folder: string): TokenizerType {
  const type = types.find(name);
  if (type) return type;
  throw new UnknownName(`${folder} holds a tokenizer of the type "${name}", which nothing here has registered.`);
}
