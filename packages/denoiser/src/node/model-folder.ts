import { join } from 'node:path';
import type { Parameters, Spec } from '@idlm/core-diffusion';
import type { DitConfig } from '../dit/config';
import { fromModelConfig, modelFamily, modelType, toModelConfig } from '../hub/model-config';
import { entriesFrom } from '../hub/state-dict';
import { writeSafetensors } from '../safetensors/write';
import { writeFileAtomically } from './atomic-file';
import { readJson } from './read-file';
import { type LoadedWeights, WEIGHTS, readWeights } from './weights';

/** What the `config.json` of a hub folder tells of a model. */
export interface ModelDescription {
  /** `model_type`: the family's name, such as `mdlm`, or `ar`. */
  readonly type: string;
  /** The family with its options; absent in published models, and for networks that belong to none. */
  readonly family?: Spec;
  readonly config: DitConfig;
}

/** A model as a hub folder holds it. */
export interface ModelFolder extends ModelDescription, LoadedWeights {}

/** Reads `config.json` of a folder. @throws InputError if it is missing, damaged, or of another architecture */
export async function describeModel(folder: string): Promise<ModelDescription> {
  const path = join(folder, 'config.json');
  const value = await readJson(path);
  const config = fromModelConfig(value, path);
  const family = modelFamily(value, path);
  return { type: modelType(value), config, ...(family ? { family } : {}) };
}

/**
 * Reads `config.json` and `model.safetensors` (or its shards) of a folder; the caller owns the parameters.
 * @throws InputError saying which file is missing, damaged, or of another architecture
 */
export async function loadModel(folder: string): Promise<ModelFolder> {
  const described = await describeModel(folder);
  return { ...described, ...(await readWeights(folder, described.config)) };
}

/** Weights on the host, by name. */
export async function readParameters(parameters: Parameters): Promise<Record<string, Float32Array>> {
  const values = Object.entries(parameters).map(
    async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const,
  );
  return Object.fromEntries(await Promise.all(values));
}

/** Writes `config.json` and `model.safetensors` in the published layout, each atomically. */
export async function saveModel(folder: string, model: ModelFolder): Promise<void> {
  const tensors = entriesFrom(await readParameters(model.parameters), model.config);
  await writeFileAtomically(
    join(folder, WEIGHTS),
    writeSafetensors({ tensors, metadata: { format: 'pt', ...model.metadata } }),
  );
  await writeFileAtomically(
    join(folder, 'config.json'),
    `${JSON.stringify(toModelConfig(model.type, model.config, model.family), null, 2)}\n`,
  );
}
