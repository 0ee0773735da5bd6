import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { type Tokenizer, loadTokenizer, tokenizers } from '@idlm/data';
import type { ModelKnowledge } from '@idlm/denoiser';
import { type ModelDescription, describeModel, modelFolder } from '@idlm/denoiser/node';
import { type LoadedConfig, originOf } from '../config/load';
import { withImportAdvice } from '../text/import-advice';
import { isTokenizerFolder, openTokenizerFolder } from '../text/tokenizer';

/** All of a saved model but its weights. */
export interface ModelFiles {
  readonly folder: string;
  readonly model: ModelDescription;
  readonly tokenizer: Tokenizer;
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
  return { folder, model, tokenizer: await modelTokenizer(folder, model, loaded) };
}
