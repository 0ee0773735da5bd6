import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type Parameters, type Spec } from '@idlm/core-diffusion';
import type { DitConfig } from '../dit/config';
import { fromModelConfig, modelFamily, modelType, toModelConfig } from '../hub/model-config';
import { entriesFrom, parametersFrom } from '../hub/state-dict';
import type { SafetensorsEntry, SafetensorsFile } from '../safetensors/format';
import { readSafetensors } from '../safetensors/read';
import { writeSafetensors } from '../safetensors/write';
import { writeFileAtomically } from './atomic-file';

/** What the `config.json` of a hub folder tells of a model. */
export interface ModelDescription {
  /** `model_type`: the family's name, such as `mdlm`, or `ar`. */
  readonly type: string;
  /** The family with its options; absent in published models, and for networks that belong to none. */
  readonly family?: Spec;
  readonly config: DitConfig;
}

/** A model as a hub folder holds it. */
export interface ModelFolder extends ModelDescription {
  readonly parameters: Parameters;
  readonly metadata: Readonly<Record<string, string>>;
}

async function readOrRefuse(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new InputError(
      `${path} ${missing ? 'does not exist' : `cannot be read (${(error as Error).message})`}; name a folder with config.json and model.safetensors.`,
    );
  }
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = (await readOrRefuse(path)).toString('utf8');
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new InputError(`${path} is no JSON.`);
  }
}

/** Names of tensors and the shards that hold them. */
async function readWeightMap(path: string): Promise<Map<string, string>> {
  const map = ((await readJson(path)) as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null)
    throw new InputError(`${path} has no weight_map, which says what shard holds each tensor.`);
  const entries = Object.entries(map as Record<string, unknown>);
  const wrong = entries.find(([, shard]) => typeof shard !== 'string' || /[\\/]/.test(shard));
  if (wrong) throw new InputError(`${path} names the shard ${String(wrong[1])}; shards are files of the same folder.`);
  return new Map(entries as [string, string][]);
}

/** All tensors of the shards that an index lists, each from the shard that the index says. */
async function readShards(folder: string, path: string): Promise<SafetensorsFile> {
  const map = await readWeightMap(path);
  const tensors = new Map<string, SafetensorsEntry>();
  for (const shard of new Set(map.values())) {
    const what = join(folder, shard);
    for (const [name, entry] of Object.entries(readSafetensors(await readOrRefuse(what), what).tensors)) {
      if (map.get(name) !== shard)
        throw new InputError(`${what} holds ${name}, which ${path} places in ${map.get(name) ?? 'no shard'}.`);
      tensors.set(name, entry);
    }
  }
  return { tensors: Object.fromEntries(tensors), metadata: {} };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** All tensors of `model.safetensors`; of the shards that `model.safetensors.index.json` lists only where that is missing. */
async function readWeights(folder: string): Promise<SafetensorsFile> {
  const single = join(folder, 'model.safetensors');
  const index = `${single}.index.json`;
  if (!(await exists(single)) && (await exists(index))) return readShards(folder, index);
  return readSafetensors(await readOrRefuse(single), single);
}

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
  const file = await readWeights(folder);
  return {
    ...described,
    parameters: parametersFrom(file, described.config, join(folder, 'model.safetensors')),
    metadata: file.metadata,
  };
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
    join(folder, 'model.safetensors'),
    writeSafetensors({ tensors, metadata: { format: 'pt', ...model.metadata } }),
  );
  await writeFileAtomically(
    join(folder, 'config.json'),
    `${JSON.stringify(toModelConfig(model.type, model.config, model.family), null, 2)}\n`,
  );
}
