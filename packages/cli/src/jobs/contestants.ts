import type { Tokenizer } from '@idlm/data';
import { describeModel, readWeights } from '@idlm/denoiser/node';
import type { LoadedConfig } from '../config';
import type { Contestant } from './evaluate';
import { type ModelInUse, fitModel } from './model-family';
import { type ModelFiles, knowledgeOf } from './model-files';
import { familyFor } from './network';

/** The diffusion models that an evaluation compares. */
export const ROLES = ['teacher', 'student'] as const;

/** One of them. */
export type Role = (typeof ROLES)[number];

/**
 * How the model of a folder is used.
 * @param loaded the configuration; its family wins where somebody has set it
 * @throws InputError as `describeModel` and `fitModel`
 */
export async function fitContestant(
  folder: string,
  loaded: LoadedConfig,
  tokenizer: Tokenizer,
): Promise<ModelInUse & Pick<ModelFiles, 'model'>> {
  const model = await describeModel(folder, knowledgeOf(loaded));
  return { model, ...fitModel({ loaded, folder, model, tokenizer }) };
}

/**
 * The model of a folder at the steps of its role, each with its own kind of diffusion.
 * @throws InputError as `fitContestant` and `readWeights`
 */
export async function loadContestant(
  role: Role,
  folder: string,
  loaded: LoadedConfig,
  tokenizer: Tokenizer,
): Promise<Contestant> {
  const { model, config, tokenizer: fitted } = await fitContestant(folder, loaded, tokenizer);
  const { parameters } = await readWeights(folder, model.config);
  return {
    name: role,
    family: familyFor(config, fitted),
    network: model.config,
    parameters,
    steps: config.evaluation[`${role}Steps`],
  };
}
