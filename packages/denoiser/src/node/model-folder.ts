import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type Parameters } from '@idlm/core-diffusion';
import type { DitConfig } from '../dit/config';
import { fromModelConfig, toModelConfig } from '../hub/model-config';
import { entriesFrom, parametersFrom } from '../hub/state-dict';
import type { SafetensorsEntry, SafetensorsFile } from '../safetensors/format';
import { readSafetensors } from '../safetensors/read';
import { writeSafetensors } from '../safetensors/write';
import { writeFileAtomically } from './atomic-file';

/** A model as a hub folder holds it. */
export interface ModelFolder {
  /** Family, such as `mdlm`. */
  readonly type: string;
  readonly config: DitConfig;
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

/** All tensors of `model.safetensors`, or of the shards that `model.safetensors.index.json` lists. */
async function readWeights(folder: string): Promise<SafetensorsFile> {
  const single = join(folder, 'model.safetensors');
  const index = await readFile(`${single}.index.json`, 'utf8').catch(() => undefined);
  if (index === undefined) return readSafetensors(await readOrRefuse(single), single);
  const { weight_map: map = {} } = JSON.parse(index) as { weight_map?: Record<string, string> };
  const tensors: Record<string, SafetensorsEntry> = {};
  for (const shard of new Set(Object.values(map))) {
    if (/[\\/]/.test(shard))
      throw new InputError(`${single}.index.json names the shard ${shard}; shards lie in the same folder.`);
    Object.assign(tensors, readSafetensors(await readOrRefuse(join(folder, shard)), join(folder, shard)).tensors);
  }
  return { tensors, metadata: {} };
}

/**
 * Reads `config.json` and `model.safetensors` (or its shards) of a folder; the caller owns the parameters.
 * @throws InputError saying which file is missing, damaged, or of another architecture
 */
export async function loadModel(folder: string): Promise<ModelFolder> {
  const path = join(folder, 'config.json');
  const value = await readJson(path);
  const config = fromModelConfig(value, path);
  const file = await readWeights(folder);
  return {
    type: String(value['model_type']),
    config,
    parameters: parametersFrom(file, config, join(folder, 'model.safetensors')),
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
    `${JSON.stringify(toModelConfig(model.type, model.config), null, 2)}\n`,
  );
}
