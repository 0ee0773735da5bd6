import { InputError, isInputError } from '../errors';
import { NORMALISATIONS, type Normalisation } from '../normalise';
import { HUGGING_FACE, huggingFaceTokenizer } from './hugging-face';
import { jsonObject } from './json-object';
import { requireTokenizer, savedType } from './registry';
import type { SavedTokenizer, TokenizerOptions } from './tokenizer-type';
import type { Tokenizer } from './tokenizer';
import { idsByToken, namedToken, withoutToken } from './vocabulary';

/** What stands under `idlm` in a saved configuration. */
interface SavedSettings {
  /** The type. */
  readonly kind?: string;
  readonly options?: TokenizerOptions;
  readonly normalise?: string;
  readonly addedMask?: boolean;
}

/** The files of a tokenizer, without a mask that was added and that a network of so many entries has not, or not there. */
function partsFor(tokenizer: Tokenizer, vocabSize: number): Pick<Tokenizer, 'json' | 'config' | 'addedMask'> {
  const { spec, json, config, addedMask, maskId } = tokenizer;
  const content = namedToken(config, 'mask_token');
  const id = idsByToken(json).get(content ?? '');
  const isOwn = spec.name === HUGGING_FACE && !addedMask;
  if (isOwn || content === undefined || id === undefined || (id === maskId && id < vocabSize)) return tokenizer;
  const { mask_token: _, ...others } = config;
  return { json: withoutToken(json, { id, content }), config: others, addedMask: false };
}

/**
 * The files of a tokenizer in a model folder, by name. What its configuration held is kept; ours stands under `idlm`.
 * @param network the network that the tokenizer is used with: those without a mask get files without one
 */
export function tokenizerFiles(
  tokenizer: Tokenizer,
  { vocabSize = tokenizer.vocabSize }: { readonly vocabSize?: number } = {},
): Record<'tokenizer.json' | 'tokenizer_config.json', string> {
  const { spec, normalise } = tokenizer;
  const { json, config, addedMask } = partsFor(tokenizer, vocabSize);
  const settings: SavedSettings = {
    kind: spec.name,
    ...(Object.keys(spec.options ?? {}).length ? { options: spec.options } : {}),
    normalise,
    ...(addedMask ? { addedMask } : {}),
  };
  return {
    'tokenizer.json': `${JSON.stringify(json, null, 1)}\n`,
    'tokenizer_config.json': `${JSON.stringify({ ...config, idlm: settings }, null, 2)}\n`,
  };
}

const huggingFace = ({ json, config, normalise }: SavedTokenizer): Tokenizer =>
  huggingFaceTokenizer(json, config, normalise);

/** What a registered type makes of its files. @throws InputError naming the file that is damaged */
async function loadAs(name: string, folder: string, saved: SavedTokenizer, options: TokenizerOptions) {
  const type = savedType(name, folder);
  try {
    return requireTokenizer(name, await type.load(saved, options));
  } catch (error) {
    if (!isInputError(error)) throw error;
    throw new InputError(`${folder} holds no tokenizer that can be used: ${error.message}`);
  }
}

/** A tokenizer by the content of its files. @param folder where they are from, for messages */
export async function tokenizerOf(
  json: Record<string, unknown>,
  config: Record<string, unknown>,
  folder: string,
  given?: Normalisation,
): Promise<Tokenizer> {
  const { idlm, ...foreign } = config;
  const { kind = HUGGING_FACE, options = {}, normalise = 'none', addedMask } = (idlm ?? {}) as SavedSettings;
  const normalisation: Normalisation | undefined = given ?? NORMALISATIONS.find((name) => name === normalise);
  if (!normalisation)
    throw new InputError(
      `${folder}/tokenizer_config.json asks for the normalisation "${normalise}"; there are ${NORMALISATIONS.join(', ')}.`,
    );
  const saved: SavedTokenizer = { json, config: foreign, normalise: normalisation };
  const tokenizer = kind === HUGGING_FACE ? huggingFace(saved) : await loadAs(kind, folder, saved, options);
  return addedMask ? { ...tokenizer, addedMask } : tokenizer;
}

/**
 * The tokenizer whose files are at hand as texts, as `tokenizerFiles` gives them.
 * @param where what they are from, for messages
 * @throws InputError if they are damaged; UnknownName if it is of a type that nobody has registered
 */
export async function readTokenizerFiles(
  files: { readonly 'tokenizer.json': string; readonly 'tokenizer_config.json'?: string },
  where: string,
): Promise<Tokenizer> {
  const { 'tokenizer.json': json, 'tokenizer_config.json': config = '{}' } = files;
  const objectOf = (name: keyof typeof files, text: string) => jsonObject(text, `${where}/${name}`);
  return tokenizerOf(objectOf('tokenizer.json', json), objectOf('tokenizer_config.json', config), where);
}
