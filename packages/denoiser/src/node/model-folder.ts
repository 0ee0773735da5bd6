import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@idlm/core-diffusion';
import { WEIGHTS_FILE, writeFileAtomically } from '@idlm/core-diffusion/node';
import type { SavedModel } from '../config/saved-model';
import { configFields, readConfigFields } from '../hub/config-file';
import { CARD_MARK, type CardSource, modelCard } from '../hub/model-card';
import { modelOrigin } from '../config/origin';
import { type WeightsOptions, weightsFile } from '../hub/weights';
import type { ConfigFields, ModelKnowledge } from '../networks/network-type';
import { refuseMixedNoise } from './mixed-noise';
import { findModel, isTorchFile } from './find-model';
import type { ModelDescription } from './model-description';
import { readJson } from './read-file';
import { copyTransformersFiles, transformersFields } from './transformers-files';
import { openTorchCheckpoint } from './torch/checkpoint-file';
import { describeCheckpoint } from './torch/describe-checkpoint';
import { type LoadedWeights, readWeights } from './weights';

/** A model as a hub folder holds it. */
export interface ModelFolder extends ModelDescription, LoadedWeights {}

async function describeTorchFile(path: string, known: ModelKnowledge): Promise<ModelDescription> {
  const checkpoint = await openTorchCheckpoint(path);
  try {
    return await describeCheckpoint(checkpoint, known);
  } finally {
    await checkpoint.close();
  }
}

/** Where the fields of a `config.json` are from, for messages. */
export interface FieldsOrigin {
  /** The model. */
  readonly model: string;
  /** The file. */
  readonly what: string;
}

/**
 * What the fields of a `config.json` say of a model.
 * @param value its content
 * @param known what it may not say
 * @throws InputError as `describeModel`
 */
export function describeFields(
  value: unknown,
  { model, what }: FieldsOrigin,
  known: ModelKnowledge = {},
): ModelDescription {
  refuseMixedNoise(model, (value ?? {}) as ConfigFields, known);
  const { modelType, network, family, assumed } = readConfigFields(value, what, known);
  return { type: modelType, network, ...(family ? { family } : {}), ...modelOrigin(value), assumed };
}

/**
 * Reads `config.json` of a model folder, or of the newest checkpoint of a run; of a checkpoint of PyTorch what it says itself.
 * @param path as `findModel` takes it
 * @param known what the file may not say
 * @throws InputError if it is missing or damaged, of a network or a family that nobody has registered, or does not say what
 * must be known
 */
export async function describeModel(path: string, known: ModelKnowledge = {}): Promise<ModelDescription> {
  const model = await findModel(path);
  if (isTorchFile(model)) return describeTorchFile(model, known);
  const what = join(model, 'config.json');
  return describeFields(await readJson(what), { model, what }, known);
}

/**
 * Reads `config.json` and `model.safetensors` (or its shards) of a model folder, or of the newest checkpoint of a run, or a checkpoint of
 * PyTorch, whose running average is taken where it has one; the caller owns the parameters.
 * @param path as `findModel` takes it
 * @param known what `config.json` may not say
 * @throws InputError saying which file is missing, damaged, or of another architecture
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
 * import { loadModel, saveModel } from '@idlm/denoiser/node';
 * import { openEngine } from '@idlm/engine';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const parameters = initialParameters(config, randomStream(1));
 * await saveModel('model', { network: dit(config).describe(), family: family.spec, parameters, metadata: {} });
 * const model = await loadModel('model');
 * console.log(model.network.type, model.family?.name); // → dit mdlm
 * ```
 */
export async function loadModel(path: string, known: ModelKnowledge = {}): Promise<ModelFolder> {
  const model = await findModel(path);
  const described = await describeModel(model, known);
  return { ...described, ...(await readWeights(model, described.network)) };
}

const numbersOf = (parameters: Parameters): number =>
  Object.values(parameters).reduce((sum, { size }) => sum + size, 0);

/** Writes the card of a model, unless somebody has put a README of their own there. */
async function saveCard(folder: string, model: CardSource): Promise<void> {
  const path = join(folder, 'README.md');
  const present = await readFile(path, 'utf8').catch(() => CARD_MARK);
  if (present.includes(CARD_MARK)) await writeFileAtomically(path, modelCard(model));
}

/** How a model is saved. */
export interface SaveOptions extends WeightsOptions {
  /** Whether classes of Python go with it, by which `transformers` opens the folder (default: false). */
  readonly transformers?: boolean;
}

/**
 * Writes `config.json` and `model.safetensors`, each atomically, in the public layout of the network or as they are where it has
 * none; where role or making are given, also a model card, README.md, in place of none or of an earlier card.
 * @throws InputError for weights that the network of its configuration does not have, or that are too large for `dtype`, and networks
 * that have no classes in Python where those are asked for
 */
export async function saveModel(
  folder: string,
  model: SavedModel & LoadedWeights,
  options: SaveOptions = {},
): Promise<void> {
  const fields = { ...configFields(model), ...(options.transformers ? transformersFields(model.network) : {}) };
  const bytes = await weightsFile(model.parameters, model.network, model.metadata, options);
  await writeFileAtomically(join(folder, WEIGHTS_FILE), bytes);
  await writeFileAtomically(join(folder, 'config.json'), `${JSON.stringify(fields, null, 2)}\n`);
  if (options.transformers) await copyTransformersFiles(folder);
  if (model.role || model.made) await saveCard(folder, { ...model, parameterCount: numbersOf(model.parameters) });
}
