import { readWeights } from '@idlm/denoiser/node';
import type { Contestant } from './evaluate';
import type { ModelInUse } from './model-family';
import type { ModelFiles } from './model-files';
import { familyFor } from './network';

/** The diffusion models that an evaluation compares. */
export const ROLES = ['teacher', 'student'] as const;

/** One of them. */
export type Role = (typeof ROLES)[number];

/**
 * A model at the steps of its role, each with its own kind of diffusion.
 * @param use how it is used, as `fitModel` tells
 * @throws InputError as `readWeights`
 */
export async function loadContestant(
  role: Role,
  { folder, model }: Pick<ModelFiles, 'folder' | 'model'>,
  { config, tokenizer }: ModelInUse,
): Promise<Contestant> {
  const { parameters } = await readWeights(folder, model.network);
  return {
    name: role,
    family: familyFor(config, tokenizer),
    network: model.network,
    parameters,
    steps: config.evaluation[`${role}Steps`],
  };
}
