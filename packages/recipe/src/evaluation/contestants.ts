import type { Family, NetworkDescription, Parameters } from '@idlm/core-diffusion';
import { readWeights } from '@idlm/denoiser/node';
import type { ModelInUse } from '../models/model-family';
import type { ModelFiles } from '../models/model-files';
import { familyFor } from '../models/network';

/** A model to sweep, by name. */
export interface Contestant {
  readonly name: string;
  readonly family: Family;
  readonly network: NetworkDescription;
  readonly parameters: Parameters;
  readonly steps: readonly number[];
}

/** The diffusion models that an evaluation compares. */
export const ROLES = ['teacher', 'student'] as const;

/** Name of an autoregressive model beside teacher and student. */
export const BASELINE = 'baseline';

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
