import { join, relative, resolve } from 'node:path';
import type { Json, Spec } from '@idlm/core-diffusion';
import { parameterCount } from '@idlm/denoiser';
import type { ManifestModel, ModelOrigin } from '@idlm/evaluation';
import { updatesOf } from '../records/checkpoint-updates';
import type { RunRecords } from '../records/run-records';
import { settingsOf } from '../records/run-settings';
import { TRAINING_TIME, readTrainingTime } from '../records/training-time';
import type { EvaluationSetup, SetupModel } from './setup';

/** What the run of a model tells of it. */
async function originOfRun({ run, config, manifest }: RunRecords, folder: string): Promise<ModelOrigin> {
  const role = manifest?.role;
  const seconds = await readTrainingTime(join(run, TRAINING_TIME));
  const { corpus, heldOut } = config.data;
  return {
    ...(role ? { role } : {}),
    ...(await updatesOf(folder)),
    ...(seconds === undefined ? {} : { seconds }),
    text: { corpus, heldOut, ...(manifest ? { data: manifest.data } : {}) },
    settings: (role ? settingsOf(config, role) : config) as unknown as Json,
    ...(manifest?.changes ? { changes: manifest.changes as unknown as Json } : {}),
  };
}

async function factsOf(
  { folder, model, stored, records, weights }: SetupModel,
  { family, sampler, from }: { readonly family?: Spec; readonly sampler?: Spec; readonly from: string },
): Promise<ManifestModel> {
  return {
    ...(stored.inMemory ? { folder } : { folder: relative(resolve(from), resolve(folder)), absolute: resolve(folder) }),
    weights,
    ...(family ? { family } : {}),
    ...(sampler ? { sampler: sampler as unknown as Json } : {}),
    parameters: parameterCount(model.network),
    ...(records ? { origin: await originOfRun(records, folder) } : {}),
  };
}

/**
 * The models of an evaluation for its manifest: where they are, their weights, families and samplers, and how they were made.
 * @param from folder of the manifest
 * @throws InputError if a record of theirs is damaged
 */
export async function modelFacts(
  { models, evaluated }: Pick<EvaluationSetup, 'models' | 'evaluated'>,
  from: string,
): Promise<Record<string, ManifestModel>> {
  const facts = Object.entries(models).map(async ([role, model]): Promise<[string, ManifestModel]> => {
    const used = evaluated.find(({ name }) => name === role);
    const [family, sampler] = [used?.family.spec, used?.sampling.sampler.spec];
    return [role, await factsOf(model, { family, sampler, from })];
  });
  return Object.fromEntries(await Promise.all(facts));
}
