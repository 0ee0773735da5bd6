import { stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors';
import { NORMALISATIONS, type Normalisation } from '../normalise';
import { HUGGING_FACE, huggingFaceTokenizer } from './hugging-face';
import { jsonObject, readJsonFile } from './json-file';
import { savedType } from './registry';
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

/**
 * Writes `tokenizer.json` and `tokenizer_config.json` into an existing folder, where `loadTokenizer` and Hugging Face's libraries find them.
 * @throws Error of the file system where they cannot be written
 */
export async function saveTokenizer(folder: string, tokenizer: Tokenizer): Promise<void> {
  for (const [name, text] of Object.entries(tokenizerFiles(tokenizer))) await writeFile(join(folder, name), text);
}

/** What a path means: a folder and the file in it, or `tokenizer.json` by itself with what stands beside it. */
async function filesOf(path: string): Promise<{ readonly folder: string; readonly file: string }> {
  const found = await stat(path).catch(() => undefined);
  if (!found || found.isDirectory()) return { folder: path, file: join(path, 'tokenizer.json') };
  if (path.endsWith('.json')) return { folder: dirname(path), file: path };
  throw new InputError(
    `${path} is a file; name a tokenizer.json, or its folder, ${dirname(path)}, which is to hold tokenizer.json.`,
  );
}

/** Says what is wanted in place of something that holds no tokenizer. */
async function refuseFolder(folder: string): Promise<never> {
  if (await stat(folder).catch(() => undefined)) throw new InputError(`${folder} holds no tokenizer.json.`);
  throw new InputError(
    `${folder} does not exist; name a tokenizer.json, or a folder that holds it. Names of the Hugging Face hub are not fetched: download the model and give its folder.`,
  );
}

const huggingFace = ({ json, config, normalise }: SavedTokenizer): Tokenizer =>
  huggingFaceTokenizer(json, config, normalise);

/** What a registered type makes of its files. @throws InputError naming the file that is damaged */
async function loadAs(name: string, folder: string, saved: SavedTokenizer, options: TokenizerOptions) {
  const type = savedType(name, folder);
  try {
    return await type.load(saved, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${folder} holds no tokenizer that can be used: ${error.message}`);
  }
}

/** A tokenizer by the content of its files. @param folder where they are from, for messages */
async function tokenizerOf(
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
      `${join(folder, 'tokenizer_config.json')} asks for the normalisation "${normalise}"; there are ${NORMALISATIONS.join(', ')}.`,
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
  const objectOf = (name: keyof typeof files, text: string) => jsonObject(text, join(where, name));
  return tokenizerOf(objectOf('tokenizer.json', json), objectOf('tokenizer_config.json', config), where);
}

/**
 * The tokenizer of a model folder: of a registered type, or any of the Hugging Face format.
 * @param path the folder, or a `tokenizer.json`
 * @param given what becomes of a text before it is encoded, instead of what the folder says (`none` where it says nothing)
 * @throws InputError if the folder has none, or a damaged one; UnknownName if it is of a type that nobody has registered
 * @example
 * ```ts
 * import { byteTokenizer, loadTokenizer, saveTokenizer } from '@idlm/data';
 *
 * await saveTokenizer('.', byteTokenizer());
 * const tokenizer = await loadTokenizer('.');
 * console.log(tokenizer.spec.name, tokenizer.vocabSize); // → bytes 257
 * ```
 */
export async function loadTokenizer(path: string, given?: Normalisation): Promise<Tokenizer> {
  const { folder, file } = await filesOf(path);
  const json = (await readJsonFile(file)) ?? (await refuseFolder(folder));
  const config = (await readJsonFile(join(folder, 'tokenizer_config.json'))) ?? {};
  return tokenizerOf(json, config, folder, given);
}
