import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { INDEX, WEIGHTS } from './weights-source';

const holdsWeights = (folder: string): boolean => existsSync(join(folder, WEIGHTS)) || existsSync(join(folder, INDEX));

/** The newest checkpoint in a folder of them: the one that `latest` names, else the one of the last step. */
async function newestCheckpoint(checkpoints: string): Promise<string | undefined> {
  const latest = (await readFile(join(checkpoints, 'latest'), 'utf8').catch(() => '')).trim();
  if (latest && holdsWeights(join(checkpoints, latest))) return join(checkpoints, latest);
  const steps = (await readdir(checkpoints).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
  const newest = steps.sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)))[0];
  return newest && join(checkpoints, newest);
}

/** Names of PyTorch's files. */
const PYTORCH = /\.(ckpt|pt|pth|bin)$/;

/** Whether a path has the name of a file that PyTorch writes. */
export const isTorchFile = (path: string): boolean => PYTORCH.test(path);

/** What is said of a PyTorch file where a model is wanted. */
const pytorch = (path: string): string =>
  `${path} is a PyTorch file; make a model folder of it, by which none of its code runs: idlm convert ${path} FOLDER`;

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
    return `${path} does not exist; name a model folder (config.json, ${WEIGHTS}) or a run of "idlm train" or "idlm distill".${advice}`;
  }
  if (found.isFile())
    return isTorchFile(path)
      ? `${pytorch(path)}.`
      : `${path} is a file; name the folder that holds it, ${dirname(path)}.`;
  const names = await readdir(path);
  const torch = names.find(isTorchFile);
  if (torch) return `${path} holds no ${WEIGHTS}: ${pytorch(join(path, torch))}.`;
  const other = names.find((name) => name.endsWith('.safetensors'));
  if (other)
    return `${path} holds ${basename(other)} and no ${WEIGHTS}; a model's weights must have that name, or an index ${INDEX}.`;
  return `${path} holds no model (no ${WEIGHTS}); name a model folder (config.json, ${WEIGHTS}) or a run of "idlm train" or "idlm distill".`;
}

/**
 * The model folder that a path means: itself, or the newest checkpoint of a run or of its `checkpoints`.
 * @throws InputError if it is neither, saying what was found there
 */
export async function modelFolder(path: string): Promise<string> {
  if (holdsWeights(path)) return path;
  for (const checkpoints of [join(path, 'checkpoints'), path]) {
    const newest = await newestCheckpoint(checkpoints);
    if (newest !== undefined) return newest;
  }
  throw new InputError(await whyNone(path));
}
