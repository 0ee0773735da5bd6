import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import { isCompanionFile } from '@idlm/core-diffusion/node';
import { type Tokenizer, loadTokenizer, tokenizers } from '@idlm/data';
import type { ModelKnowledge } from '@idlm/denoiser';
import {
  type ModelDescription,
  type NetworkWeights,
  describeModel,
  findModel,
  folderOfModel,
  hashWeights,
  isTorchFile,
  openNetworkWeights,
  readWeights,
  weightsPaths,
} from '@idlm/denoiser/node';
import { type LoadedConfig, originOf } from '../config/load';
import { withImportAdvice } from '../text/import-advice';
import { isTokenizerFolder, openTokenizerFolder } from '../text/tokenizer';

/** What is read of a model when it is needed. */
export interface StoredModel {
  /** Whether it is in the memory of this process, and in no folder. */
  readonly inMemory?: boolean;
  /** Path of its ONNX file, where that is all there is of it: its other functions but `text` refuse. */
  readonly graph?: string;
  /** Its weights, on the engine; the caller owns them. @throws InputError if they are damaged */
  read(): Promise<Parameters>;
  /** Its weights one by one, without an engine, where it lies in files; the caller closes them. @throws InputError as `read` */
  open?(): Promise<Pick<NetworkWeights, 'read' | 'close'>>;
  /** sha256 of its weights, in hexadecimal. */
  hash(): Promise<string>;
  /** Puts its files into a folder, as they are. */
  copyTo(folder: string): Promise<void>;
  /** A file of it as text; undefined where it has none of that name. */
  text(name: string): Promise<string | undefined>;
}

/** What tells files of a model from those that only its run, or another model beside it, needs. */
async function modelFilesOf(model: string): Promise<(name: string) => boolean> {
  if (isTorchFile(model)) return (name) => [basename(model), 'config.json'].includes(name) || isCompanionFile(name);
  const weights = (await weightsPaths(model)).paths.map((path) => basename(path));
  return (name) => name !== 'manifest.json' && (weights.includes(name) || !name.endsWith('.safetensors'));
}

/** Copies the files of a model, without those that only its run needs. @param from its folder, or its checkpoint of PyTorch */
export async function copyModel(from: string, to: string): Promise<void> {
  const [folder, isOfModel] = [folderOfModel(from), await modelFilesOf(from)];
  await mkdir(to, { recursive: true });
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => !entry.isDirectory() && isOfModel(entry.name)))
    await copyFile(join(folder, name), join(to, name));
}

/** The model of a folder, or of a checkpoint of PyTorch. */
export const savedModel = (model: string, network: NetworkDescription): StoredModel => ({
  read: async () => (await readWeights(model, network)).parameters,
  open: () => openNetworkWeights(model, network),
  hash: () => hashWeights(model),
  copyTo: (to) => copyModel(model, to),
  text: (name) => readFile(join(folderOfModel(model), name), 'utf8').catch(() => undefined),
});

/** All of a saved model but its weights, and where those are. */
export interface ModelFiles {
  /** Where it lies, for messages too: its folder, or its checkpoint of PyTorch. */
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
 * The tokenizer that `data.tokenizer` names, for a model without one, as published folders are.
 * @throws InputError if it names none
 */
export async function namedTokenizer(folder: string, loaded: LoadedConfig): Promise<Tokenizer> {
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

/** The tokenizer of a model: that of its folder, else the one that somebody names. @throws InputError if there is neither */
async function modelTokenizer(path: string, model: ModelDescription, loaded: LoadedConfig): Promise<Tokenizer> {
  const folder = folderOfModel(path);
  if (!existsSync(join(folder, 'tokenizer.json'))) return namedTokenizer(folder, loaded);
  return loadTokenizer(folder).catch((error: unknown) => {
    throw withImportAdvice(error, folder, model);
  });
}

/**
 * Reads all but the weights of a model.
 * @param path a model folder, a run, or a checkpoint of PyTorch
 * @throws InputError if it holds no model, or one of its files is missing or damaged
 */
export async function readModelFiles(path: string, loaded: LoadedConfig): Promise<ModelFiles> {
  const folder = await findModel(path);
  const model = await describeModel(folder, knowledgeOf(loaded));
  const tokenizer = await modelTokenizer(folder, model, loaded);
  return { folder, model, tokenizer, stored: savedModel(folder, model.network) };
}
