import { stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors';
import type { Normalisation } from '../normalise';
import { readJsonFile } from './json-file';
import { tokenizerFiles, tokenizerOf } from './saved-files';
import type { Tokenizer } from './tokenizer';

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
