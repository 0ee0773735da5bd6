import { stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors';
import { NORMALISATIONS, type Normalisation } from '../normalise';
import { byteTokenizer } from './bytes';
import { characterTokenizer } from './character';
import { huggingFaceTokenizer } from './hugging-face';
import { readJsonFile } from './json-file';
import { BEGINNING, MASK } from './own-json';
import type { Tokenizer } from './tokenizer';
import { idsByToken, namedToken, withoutToken } from './vocabulary';

/** What stands under `idlm` in a saved configuration. */
interface SavedSettings {
  readonly kind?: string;
  readonly normalise?: string;
  readonly addedMask?: boolean;
}

/** The files of a tokenizer, without a mask that was added and that a network of so many entries has not, or not there. */
function partsFor(tokenizer: Tokenizer, vocabSize: number): Pick<Tokenizer, 'json' | 'config' | 'addedMask'> {
  const { kind, json, config, addedMask, maskId } = tokenizer;
  const content = namedToken(config, 'mask_token');
  const id = idsByToken(json).get(content ?? '');
  const isOwn = kind === 'hugging-face' && !addedMask;
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
  const { kind, normalise } = tokenizer;
  const { json, config, addedMask } = partsFor(tokenizer, vocabSize);
  const settings: SavedSettings = { kind, normalise, ...(addedMask ? { addedMask } : {}) };
  return {
    'tokenizer.json': `${JSON.stringify(json, null, 1)}\n`,
    'tokenizer_config.json': `${JSON.stringify({ ...config, idlm: settings }, null, 2)}\n`,
  };
}

/** Writes `tokenizer.json` and `tokenizer_config.json` into an existing folder. */
export async function saveTokenizer(folder: string, tokenizer: Tokenizer): Promise<void> {
  for (const [name, text] of Object.entries(tokenizerFiles(tokenizer))) await writeFile(join(folder, name), text);
}

/**
 * The characters of a saved character tokenizer, by id, without special tokens, and whether it has a beginning.
 * @throws InputError unless they are characters with the ids from 0 on: in another's place they would be read as it
 */
function savedAlphabet(json: Record<string, unknown>, folder: string) {
  const ids = idsByToken(json);
  const path = join(folder, 'tokenizer.json');
  if (!ids.size) throw new InputError(`${path} holds no vocabulary; the file is damaged.`);
  const characters = [...ids.keys()].filter((token) => token !== MASK && token !== BEGINNING);
  const alphabet = characters.sort((a, b) => ids.get(a)! - ids.get(b)!);
  const wrong = alphabet.find((one, id) => ids.get(one) !== id || Array.from(one).length !== 1);
  if (wrong !== undefined)
    throw new InputError(
      `${path} has ${JSON.stringify(wrong)} as ${ids.get(wrong)}; a tokenizer of characters has single ones with the ids from 0 on, so the file is damaged.`,
    );
  return { alphabet, beginning: ids.has(BEGINNING) };
}

/** Says what is wanted in place of something that holds no tokenizer. */
async function refuseFolder(folder: string): Promise<never> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) throw new InputError(`${folder} holds no tokenizer.json.`);
  if (found)
    throw new InputError(`${folder} is a file; name its folder, ${dirname(folder)}, which is to hold tokenizer.json.`);
  throw new InputError(
    `${folder} does not exist; name a folder that holds tokenizer.json. Names of the Hugging Face hub are not fetched: download the model and give its folder.`,
  );
}

/**
 * The tokenizer of a model folder: ours, or any of the Hugging Face format.
 * @param given what becomes of a text before it is encoded, instead of what the folder says (`none` where it says nothing)
 * @throws InputError if the folder has none, or a damaged one
 * @example
 * ```ts
 * import { byteTokenizer, loadTokenizer, saveTokenizer } from '@idlm/data';
 *
 * await saveTokenizer('.', byteTokenizer());
 * const tokenizer = await loadTokenizer('.');
 * console.log(tokenizer.kind, tokenizer.vocabSize); // → bytes 257
 * ```
 */
export async function loadTokenizer(folder: string, given?: Normalisation): Promise<Tokenizer> {
  const json = (await readJsonFile(join(folder, 'tokenizer.json'))) ?? (await refuseFolder(folder));
  const config = (await readJsonFile(join(folder, 'tokenizer_config.json'))) ?? {};
  const { idlm, ...foreign } = config;
  const { kind, normalise = 'none', addedMask } = (idlm ?? {}) as SavedSettings;
  const normalisation: Normalisation | undefined = given ?? NORMALISATIONS.find((name) => name === normalise);
  if (!normalisation)
    throw new InputError(
      `${join(folder, 'tokenizer_config.json')} asks for the normalisation "${normalise}"; there are ${NORMALISATIONS.join(', ')}.`,
    );
  if (kind === 'characters') {
    const { alphabet, beginning } = savedAlphabet(json, folder);
    return characterTokenizer(alphabet, normalisation, { beginning });
  }
  if (kind === 'bytes') return byteTokenizer(normalisation, { beginning: idsByToken(json).has(BEGINNING) });
  const tokenizer = huggingFaceTokenizer(json, foreign, normalisation);
  return addedMask ? { ...tokenizer, addedMask } : tokenizer;
}
