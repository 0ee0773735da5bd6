import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { WEIGHTS_FILE, WEIGHTS_INDEX_FILE } from '@idlm/core-diffusion/node';

const holdsWeights = (folder: string): boolean =>
  existsSync(join(folder, WEIGHTS_FILE)) || existsSync(join(folder, WEIGHTS_INDEX_FILE));

/** The newest checkpoint in a folder of them, as a run resumes from it: the pointer `latest` is for people. */
async function newestCheckpoint(checkpoints: string): Promise<string | undefined> {
  const names = (await readdir(checkpoints).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
  const steps = names.sort((a, b) => Number(b.slice(5)) - Number(a.slice(5))).map((name) => join(checkpoints, name));
  return steps.find(holdsWeights) ?? steps[0];
}

/** Names of PyTorch's files. */
const PYTORCH = /\.(ckpt|pt|pth|bin)$/;

/** Whether a path has the name of a file that PyTorch writes. */
export const isTorchFile = (path: string): boolean => PYTORCH.test(path);

/** Whether a path has the name of an ONNX file. */
export const isOnnxFile = (path: string): boolean => path.endsWith('.onnx');

/** What is said of an ONNX file where weights are needed. */
export const onnxRefusal = (path: string): string =>
  `${path} is an ONNX file, with which texts are sampled and nothing else; name the folder of the model that it was written from.`;

/** What trainers of Python keep beside weights under such names. */
const OF_TRAINING = /^(optimizer|scheduler|scaler|rng_state|training_args)/;

/**
 * The checkpoint of PyTorch in a folder without safetensors; undefined where there is none.
 * @throws InputError naming them where there are several
 */
async function onlyCheckpoint(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const found = names.filter((name) => isTorchFile(name) && !OF_TRAINING.test(name));
  if (found.length > 1)
    throw new InputError(
      `${folder} holds several checkpoints (${found.join(', ')}); name one of them, such as ${join(folder, found[0]!)}.`,
    );
  return found[0] && join(folder, found[0]);
}

/** The folder of what belongs to a model, such as its tokenizer. @param model as `findModel` gives it */
export const folderOfModel = (model: string): string => (isTorchFile(model) ? dirname(model) : model);

/** The name of a repository of the Hugging Face Hub, or an address of one. */
const HUB = /^([\w.-]+\/[\w.-]+|(https?:|hf:)\/\/.*)$/;

/** Why a path means no model, and what to do. */
async function whyNone(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    const hub = HUB.test(path) || !/[\\/]/.test(path);
    const advice = hub
      ? ' Models of the Hugging Face Hub are named organisation/name, and fetched by "idlm pull" or @idlm/hub.'
      : '';
    return `${path} does not exist; name a model folder (config.json, ${WEIGHTS_FILE}) or a run of "idlm train" or "idlm distill".${advice}`;
  }
  if (found.isFile() && isOnnxFile(path)) return onnxRefusal(path);
  if (found.isFile()) return `${path} is a file; name the folder that holds it, ${dirname(path)}.`;
  const names = await readdir(path);
  const other = names.find((name) => name.endsWith('.safetensors'));
  if (other)
    return `${path} holds ${basename(other)} and no ${WEIGHTS_FILE}; a model's weights must have that name, or an index ${WEIGHTS_INDEX_FILE}.`;
  return `${path} holds no model (no ${WEIGHTS_FILE}); name a model folder (config.json, ${WEIGHTS_FILE}) or a run of "idlm train" or "idlm distill".`;
}

/**
 * The model that a path means: the model folder itself, the newest checkpoint of a run or of its `checkpoints`, or a checkpoint of PyTorch,
 * by its own path or that of the folder in which there is no other.
 * @returns a model folder, or the path of a checkpoint of PyTorch
 * @throws InputError if it is none of these, saying what was found there
 */
export async function findModel(path: string): Promise<string> {
  if (holdsWeights(path)) return path;
  if (isTorchFile(path) && (await stat(path).catch(() => undefined))?.isFile()) return path;
  for (const checkpoints of [join(path, 'checkpoints'), path]) {
    const newest = await newestCheckpoint(checkpoints);
    if (newest !== undefined) return newest;
  }
  const checkpoint = await onlyCheckpoint(path);
  if (checkpoint !== undefined) return checkpoint;
  throw new InputError(await whyNone(path));
}
