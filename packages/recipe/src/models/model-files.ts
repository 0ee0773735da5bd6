import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import { type Tokenizer, loadTokenizer, tokenizers } from '@idlm/data';
import type { ModelKnowledge } from '@idlm/denoiser';
import { type ModelDescription, describeModel, hashWeights, modelFolder, readWeights } from '@idlm/denoiser/node';
import { type LoadedConfig, originOf } from '../config/load';
import { withImportAdvice } from '../text/import-advice';
import { isTokenizerFolder, openTokenizerFolder } from '../text/tokenizer';

/** What is read of a model when it is needed. */
export interface StoredModel {
  /** Whether it is in the memory of this process, and in no folder. */
  readonly inMemory?: boolean;
  /** Its weights, on the engine; the caller owns them. @throws InputError if they are damaged */
  read(): Promise<Parameters>;
  /** sha256 of its weights, in hexadecimal. */
  hash(): Promise<string>;
  /** Puts its files into a folder, as they are. */
  copyTo(folder: string): Promise<void>;
  /** A file of it as text; undefined where it has none of that name. */
  text(name: string): Promise<string | undefined>;
}

/** Whether a file of a checkpoint is for going on with its run alone. */
const isOfRun = (name: string): boolean =>
  name === 'manifest.json' || (name.endsWith('.safetensors') && !/^model[.-]/.test(name));

/** Copies the files of a model, without those that only its run needs. */
export async function copyModel(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isFile() && !isOfRun(entry.name)))
    await copyFile(join(from, name), join(to, name));
}

/** The model of a folder. */
export const folderModel = (folder: string, network: NetworkDescription): StoredModel => ({
  read: async () => (await readWeights(folder, network)).parameters,
  hash: () => hashWeights(folder),
  copyTo: (to) => copyModel(folder, to),
  text: (name) => readFile(join(folder, name), 'utf8').catch(() => undefined),
});

/** All of a saved model but its weights, and where those are. */
export interface ModelFiles {
  /** Where it lies, for messages too. */
  readonly folder: string;
  readonly model: ModelDescription;
  readonly tokenizer: Tokenizer;
  readonly stored: StoredModel;
}

/** What somebody has set of a model whose `config.json` may not say it. */
export function knowledgeOf(loaded: LoadedConfig): ModelKnowledge {
  const { family, model } = loaded.config;
  return {
    ...(originOf(loaded, 'family') ? { family: family.name } : {}),
    ...(model.timeConditioning === null ? {} : { timeConditioned: model.timeConditioning }),
  };
}

/**
 * The tokenizer of a model: that of its folder, else the one that `data.tokenizer` names, since published folders come without.
 * @throws InputError if there is neither
 */
async function modelTokenizer(folder: string, model: ModelDescription, loaded: LoadedConfig): Promise<Tokenizer> {
  if (existsSync(join(folder, 'tokenizer.json')))
    return loadTokenizer(folder).catch((error: unknown) => {
      throw withImportAdvice(error, folder, model);
    });
  const { tokenizer, normalise } = loaded.config.data;
  const given = { normalise: normalise ?? undefined };
  const isSet = originOf(loaded, 'data.tokenizer') !== undefined;
  // All other types learn what they are of text.
  if (
    isSet &&
    (tokenizer === 'bytes' ||
      tokenizer === 'gpt2' ||
      (tokenizer === 'characters' && (normalise ?? 'letters') === 'letters'))
  )
    return tokenizers.create(tokenizer, given);
  if (isSet && isTokenizerFolder(tokenizer)) return openTokenizerFolder(tokenizer, given.normalise);
  throw new InputError(
    `The model in ${folder} has no tokenizer.json, as published ones often have none (those of MDLM and Duo take GPT-2's); name one: --tokenizer gpt2, or a folder that holds tokenizer.json.`,
  );
}

/**
 * Reads all but the weights of a model.
 * @param path a model folder or a run
 * @throws InputError if it holds no model, or one of its files is missing or damaged
 */
export async function readModelFiles(path: string, loaded: LoadedConfig): Promise<ModelFiles> {
  const folder = await modelFolder(path);
  const model = await describeModel(folder, knowledgeOf(loaded));
  const tokenizer = await modelTokenizer(folder, model, loaded);
  return { folder, model, tokenizer, stored: folderModel(folder, model.network) };
}
