import type { NetworkDescription, Parameters } from '@idlm/core-diffusion';
import type { ModelInUse } from '../models/model-family';
import type { ModelFiles } from '../models/model-files';
import type { Diffusion } from '../resolved/diffusion';

/** A diffusion model to evaluate, by name, at several numbers of steps. */
export interface EvaluatedModel extends Diffusion {
  readonly name: string;
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
export async function loadEvaluatedModel(
  role: Role,
  { model, stored }: Pick<ModelFiles, 'model' | 'stored'>,
  { config, diffusion }: ModelInUse,
): Promise<EvaluatedModel> {
  return {
    name: role,
    ...diffusion,
    network: model.network,
    parameters: await stored.read(),
    steps: config.evaluation[`${role}Steps`],
  };
}
