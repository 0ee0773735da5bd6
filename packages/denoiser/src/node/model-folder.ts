import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters, Spec } from '@idlm/core-diffusion';
import type { DitConfig } from '../dit/config';
import { type ModelKnowledge, fromModelConfig, modelFamily, modelType, toModelConfig } from '../hub/model-config';
import { CARD_MARK, type CardSource, modelCard } from '../hub/model-card';
import { type Origin, modelOrigin } from '../hub/origin';
import { publishedConfig } from '../hub/published-config';
import { entriesFrom } from '../hub/state-dict';
import { writeSafetensors } from '../safetensors/write';
import { writeFileAtomically } from './atomic-file';
import { modelFolder } from './find-model';
import { readJson } from './read-file';
import { type LoadedWeights, WEIGHTS, readWeights } from './weights';

/** What the `config.json` of a hub folder tells of a model. */
export interface ModelDescription extends Origin {
  /** `model_type`: the family's name, such as `mdlm`, or `ar`. */
  readonly type: string;
  /** The family with its options; absent in most published models, and for networks that belong to none. */
  readonly family?: Spec;
  readonly config: DitConfig;
  /** What `config.json` does not say and was assumed, in sentences. */
  readonly assumed: readonly string[];
}

/** A model as a hub folder holds it. */
export interface ModelFolder extends ModelDescription, LoadedWeights {}

/**
 * Reads `config.json` of a model folder, or of the newest checkpoint of a run.
 * @param known what the file may not say
 * @throws InputError if it is missing, damaged, of another architecture, or does not say what must be known
 */
export async function describeModel(path: string, known: ModelKnowledge = {}): Promise<ModelDescription> {
  const what = join(await modelFolder(path), 'config.json');
  const { value, assumed } = publishedConfig(await readJson(what), what);
  const read = fromModelConfig(value, what, known);
  const family = modelFamily(value, what);
  return {
    type: modelType(value),
    config: read.config,
    ...(family ? { family } : {}),
    ...modelOrigin(value),
    assumed: [...assumed, ...read.assumed],
  };
}

/**
 * Reads `config.json` and `model.safetensors` (or its shards) of a model folder, or of the newest checkpoint of a run; the caller
 * owns the parameters.
 * @param known what `config.json` may not say
 * @throws InputError saying which file is missing, damaged, or of another architecture
 */
export async function loadModel(path: string, known: ModelKnowledge = {}): Promise<ModelFolder> {
  const folder = await modelFolder(path);
  const described = await describeModel(folder, known);
  return { ...described, ...(await readWeights(folder, described.config)) };
}

/** Weights on the host, by name. */
export async function readParameters(parameters: Parameters): Promise<Record<string, Float32Array>> {
  const values = Object.entries(parameters).map(
    async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const,
  );
  return Object.fromEntries(await Promise.all(values));
}

/** Writes the card of a model, unless somebody has put a README of their own there. */
async function saveCard(folder: string, model: CardSource): Promise<void> {
  const path = join(folder, 'README.md');
  const present = await readFile(path, 'utf8').catch(() => CARD_MARK);
  if (present.includes(CARD_MARK)) await writeFileAtomically(path, modelCard(model));
}

/**
 * Writes `config.json` and `model.safetensors` in the published layout, each atomically; where role or making are given, also
 * a model card, README.md, in place of none or of an earlier card.
 */
export async function saveModel(folder: string, model: Omit<ModelFolder, 'assumed'>): Promise<void> {
  const tensors = entriesFrom(await readParameters(model.parameters), model.config);
  await writeFileAtomically(
    join(folder, WEIGHTS),
    writeSafetensors({ tensors, metadata: { format: 'pt', ...model.metadata } }),
  );
  await writeFileAtomically(
    join(folder, 'config.json'),
    `${JSON.stringify(toModelConfig(model.type, model.config, model.family, model), null, 2)}\n`,
  );
  if (model.role || model.made) await saveCard(folder, model);
}
