import type { Tokenizer } from '@idlm/data';
import { describeModel, loadModel } from '@idlm/denoiser/node';
import type { LoadedConfig } from '../config';
import type { Contestant } from './evaluate';
import { withModelFamily } from './model-family';
import { familyFor } from './network';

/** The diffusion models that an evaluation compares. */
export const ROLES = ['teacher', 'student'] as const;

/** One of them. */
export type Role = (typeof ROLES)[number];

/**
 * The model of a folder at the steps of its role, each with its own kind of diffusion.
 * @param loaded the configuration; its family wins where somebody has set it
 * @throws InputError as `withModelFamily` and `loadModel`
 */
export async function loadContestant(
  role: Role,
  folder: string,
  loaded: LoadedConfig,
  tokenizer: Tokenizer,
): Promise<Contestant> {
  const config = withModelFamily({ loaded, folder, model: await describeModel(folder), tokenizer });
  const { config: network, parameters } = await loadModel(folder);
  return {
    name: role,
    family: familyFor(config, tokenizer),
    network,
    parameters,
    steps: config.evaluation[`${role}Steps`],
  };
}
