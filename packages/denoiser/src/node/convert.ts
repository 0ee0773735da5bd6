import { copyFile, mkdir, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { WEIGHTS_FILE, isCompanionFile } from '@idlm/core-diffusion/node';
import { type ModelLayout, PUBLISHED_FORMS } from '../dit/layout/published-forms';
import type { SavedModel } from '../config/saved-model';
import { configFields } from '../hub/config-file';
import { CARD_MARK, type CardNumbers, EVALUATION_FILE, modelCard } from '../hub/model-card';
import { type WeightsOptions, locateWeights, weightOf, withFormat } from '../hub/weights';
import type { ConfigFields } from '../networks/network-type';
import { denoisers, parameterCount, shapesOf } from '../registry';
import type { SafetensorsEntry, TensorLayout } from '../safetensors/format';
import { type WeightDtype, narrowed } from '../safetensors/narrow';
import { replaceFolder } from './replace-folder';
import { writeTorchCheckpoint } from './torch/checkpoint-writer';
import { copyTransformersFiles, transformersFields } from './transformers-files';
import type { WeightsSource } from './weights-source';
import { writeWeightsFile } from './weights-writer';

/** What a model is written as: a folder of a layout, or one with a checkpoint of PyTorch as trainers leave them. */
export type TargetLayout = ModelLayout | 'ckpt';

/** Name of the checkpoint in a folder that is written with one. */
const CHECKPOINT = 'model.ckpt';

/** A model that is to be written to another folder. */
export interface ConvertRequest extends WeightsOptions {
  /** Its weights, as `openWeights` and `openTorchCheckpoint` open them. */
  readonly source: WeightsSource;
  /** The folder whose other files, such as those of a tokenizer, go with it. */
  readonly from: string;
  readonly to: string;
  /** What it is, as the new folder is to say. */
  readonly model: SavedModel;
  /** The layout of the new folder (default: ours). */
  readonly layout?: TargetLayout;
  /** Whether classes of Python go with it, by which `transformers` opens it (default: false). */
  readonly transformers?: boolean;
  /** What was measured of it, for its card, and the text of its record, which becomes `evaluation.json`. */
  readonly evaluation?: { readonly numbers: CardNumbers; readonly manifest: string };
  /** Whether an existing folder is replaced; else one with anything in it is refused. */
  readonly replace?: boolean;
}

/** The card of a new folder: somebody's own goes with the model, and another is written anew. */
async function cardOf({ from, model, evaluation }: ConvertRequest, present: readonly string[]): Promise<string> {
  // A README beside a bare checkpoint may be that of anything.
  const isCard = ['README.md', 'config.json'].every((name) => present.includes(name));
  const own = isCard ? await readFile(join(from, 'README.md'), 'utf8') : CARD_MARK;
  if (!own.includes(CARD_MARK)) return own;
  const numbers = evaluation ? { numbers: evaluation.numbers } : {};
  return modelCard({ ...model, parameterCount: parameterCount(model.network), ...numbers });
}

/** What a folder of a layout says, and what it calls its tensors. */
function formOf({ model, layout = 'ours', dtype = 'F32', transformers }: ConvertRequest): {
  fields: ConfigFields;
  fileName: (name: string) => string;
} {
  const own = denoisers.find(model.network.type)?.layout;
  const classes = transformers ? transformersFields(model.network) : {};
  if (layout === 'ours' || layout === 'ckpt')
    return { fields: { ...configFields(model), ...classes }, fileName: (name) => own?.fileName(name) ?? name };
  const { fields, fileName } = PUBLISHED_FORMS[layout];
  return { fields: { ...fields(model, dtype), ...classes }, fileName };
}

/** Computed buffers of a network, by their names in its own module. */
function buffersOf({ type, config }: NetworkDescription): ReadonlyMap<string, SafetensorsEntry> {
  const layout = denoisers.find(type)?.layout;
  const buffers = Object.entries(layout?.buffers(config) ?? {});
  const prefix = layout?.fileName('') ?? '';
  return new Map(buffers.map(([name, entry]) => [name.slice(prefix.length), entry]));
}

/** The tensors of a new file and what gives their numbers, one after another. */
interface NewTensors {
  readonly tensors: Readonly<Record<string, TensorLayout>>;
  bytesOf(name: string): Promise<Uint8Array>;
}

/** The weights of a network, each rounded to a type, and its buffers. @param fileName names in the new file */
function newTensors(
  source: WeightsSource,
  network: NetworkDescription,
  { dtype, fileName }: { readonly dtype: WeightDtype; readonly fileName: (name: string) => string },
): NewTensors {
  const shapes = shapesOf(network);
  const found = locateWeights(source, shapes, network.type, source.path);
  const sources = new Map<string, string>();
  const layouts: Record<string, TensorLayout> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    sources.set(fileName(name), found.get(name)!);
    layouts[fileName(name)] = { dtype, shape };
  }
  const buffers = Object.fromEntries([...buffersOf(network)].map(([name, entry]) => [fileName(name), entry]));
  const bytesOf = async (name: string) => {
    const own = sources.get(name);
    if (own === undefined) return buffers[name]!.bytes;
    const values = weightOf(await source.read(own), own, source.fileOf(own));
    return narrowed(values, dtype, `The tensor ${own} of ${source.fileOf(own)}`);
  };
  return { tensors: { ...layouts, ...buffers }, bytesOf };
}

/** Writes the file of weights. */
async function writeWeights(
  folder: string,
  { layout, source, model }: ConvertRequest,
  made: NewTensors,
): Promise<void> {
  if (layout === 'ckpt') return writeTorchCheckpoint(join(folder, CHECKPOINT), { model, ...made });
  await writeWeightsFile(join(folder, WEIGHTS_FILE), made.tensors, withFormat(source.metadata), made.bytesOf);
}

/** @throws InputError for a folder that holds something and is not to be replaced, or is or holds the one that is read */
async function checkTarget({ from, to, replace }: ConvertRequest): Promise<void> {
  const [source, target] = [await realpath(from), await realpath(to).catch(() => resolve(to))];
  if (source === target) throw new InputError(`${to} is the model itself; name another folder.`);
  // It would be moved away with all that it holds.
  if (source.startsWith(`${target}${sep}`)) throw new InputError(`${to} holds the model itself; name another folder.`);
  const entries = await readdir(to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new InputError(`${to} is a file; name a folder.`);
    throw error;
  });
  if (entries.length && !replace)
    throw new InputError(`${to} is not empty; name another folder, or replace it (--force).`);
}

/**
 * Writes a model to another folder, tensor by tensor: numbers stay bit for bit, or are rounded to `dtype`. Configuration, weights,
 * a card and the tokenizer's files are all there, or nothing is.
 * @throws InputError for a target that is in use, a model that the layout has no place for, weights that are not those of the network, and numbers too large for `dtype`
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
 * import { convertModel, describeModel, inspectFile, openWeights, saveModel } from '@idlm/denoiser/node';
 * import { openEngine } from '@idlm/engine';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const family = mdlm({ vocabSize: 28, maskId: 27 }).spec;
 * const parameters = initialParameters(config, randomStream(1));
 * await saveModel('model', { network: dit(config).describe(), family, parameters, metadata: {} });
 * const source = await openWeights('model');
 * await convertModel({ source, from: 'model', to: 'published', model: await describeModel('model'), dtype: 'BF16' });
 * await source.close();
 * console.log((await inspectFile('published/model.safetensors')).numbers); // → { F32: 12, BF16: 376316 }
 * ```
 */
export async function convertModel(request: ConvertRequest): Promise<void> {
  const { from, to, source, model, dtype = 'F32', layout, transformers } = request;
  if (layout === 'ckpt' && transformers)
    throw new InputError(
      "Python's transformers opens no checkpoint (.ckpt); leave --transformers out, or take another layout.",
    );
  await checkTarget(request);
  const { fields, fileName } = formOf(request);
  const made = `${resolve(to)}.unfinished-${process.pid}`;
  try {
    await mkdir(made, { recursive: true });
    await writeWeights(made, request, newTensors(source, model.network, { dtype, fileName }));
    await writeFile(join(made, 'config.json'), `${JSON.stringify(fields, null, 2)}\n`);
    if (request.transformers) await copyTransformersFiles(made);
    const present = await readdir(from);
    await writeFile(join(made, 'README.md'), await cardOf(request, present));
    for (const name of present.filter(isCompanionFile)) await copyFile(join(from, name), join(made, name));
    if (request.evaluation) await writeFile(join(made, EVALUATION_FILE), request.evaluation.manifest);
    await replaceFolder(made, to);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
