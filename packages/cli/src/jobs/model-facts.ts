import { join, relative, resolve } from 'node:path';
import type { Json, Spec } from '@idlm/core-diffusion';
import { parameterCount } from '@idlm/denoiser';
import type { ManifestModel, ModelOrigin } from '@idlm/evaluation';
import { z } from 'zod';
import { samplerFor } from '../config';
import type { Field, FieldModel } from './field';
import { readRecord } from './json-record';
import type { RunRecords } from './run-records';
import { settingsOf } from './run-settings';

const stateSchema = z.object({ step: z.int(), guard: z.object({ kept: z.int().optional() }).optional() });

/** Updates of a checkpoint's weights, which a guard may have kept from earlier, and of the run until then. */
export async function updatesOf(folder: string): Promise<{ readonly updates?: number; readonly ofRun?: number }> {
  const advice = 'put back what was written, or delete it';
  const state = await readRecord(join(folder, 'state.json'), stateSchema, advice);
  return state ? { updates: state.guard?.kept ?? state.step, ofRun: state.step } : {};
}

/** What the run of a model tells of it. */
async function originOfRun({ config, manifest }: RunRecords, folder: string): Promise<ModelOrigin> {
  const role = manifest?.role;
  const { corpus, heldOut } = config.data;
  return {
    ...(role ? { role } : {}),
    ...(await updatesOf(folder)),
    text: { corpus, heldOut, ...(manifest ? { data: manifest.data } : {}) },
    settings: (role ? settingsOf(config, role) : config) as unknown as Json,
    ...(manifest?.changes ? { changes: manifest.changes as unknown as Json } : {}),
  };
}

async function factsOf(
  { folder, model, records, weights }: FieldModel,
  { family, sampler, from }: { readonly family?: Spec; readonly sampler?: Spec; readonly from: string },
): Promise<ManifestModel> {
  return {
    folder: relative(resolve(from), resolve(folder)),
    absolute: resolve(folder),
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
  { config, models, contestants }: Pick<Field, 'config' | 'models' | 'contestants'>,
  from: string,
): Promise<Record<string, ManifestModel>> {
  const facts = Object.entries(models).map(async ([role, model]): Promise<[string, ManifestModel]> => {
    const family = contestants.find(({ name }) => name === role)?.family;
    const sampler = family && samplerFor(config, family).spec;
    return [role, await factsOf(model, { family: family?.spec, sampler, from })];
  });
  return Object.fromEntries(await Promise.all(facts));
}
