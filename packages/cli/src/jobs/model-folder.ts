import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';

/**
 * The model folder that a path means: itself, or the newest checkpoint of a run.
 * @throws InputError if it holds neither
 */
export async function modelFolder(path: string): Promise<string> {
  if (existsSync(join(path, 'model.safetensors')) || existsSync(join(path, 'model.safetensors.index.json')))
    return path;
  const checkpoints = join(path, 'checkpoints');
  const latest = (await readFile(join(checkpoints, 'latest'), 'utf8').catch(() => '')).trim();
  if (latest && existsSync(join(checkpoints, latest, 'model.safetensors'))) return join(checkpoints, latest);
  const steps = (await readdir(checkpoints).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
  const newest = steps.sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)))[0];
  if (newest) return join(checkpoints, newest);
  throw new InputError(
    `${path} holds no model; name a model folder (config.json, model.safetensors) or a run of "idlm train" or "idlm distill".`,
  );
}
