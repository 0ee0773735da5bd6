import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import { saveTokenizer } from '@idlm/data';
import { readWeights, saveModel } from '@idlm/denoiser/node';
import * as tf from '@tensorflow/tfjs-core';
import { originOfTrained } from './making';
import { familyFor } from './network';
import { type Trained, manifestOf } from './run-manifest';
import { saveTrainingRecord } from './run-records';
import { settingsOf } from './run-settings';

/**
 * The weights of a model that was kept; the caller owns them.
 * @returns undefined where none was
 * @throws InputError if the folder holds anything else than a sound model of these sizes
 */
export async function keptModel(folder: string, network: NetworkDescription): Promise<Parameters | undefined> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (!entries.length) return undefined;
  try {
    return (await readWeights(folder, network)).parameters;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const reason = error.message.replace(/\.$/, '');
    throw new InputError(`${folder} is damaged (${reason}); delete that folder to have its model trained again.`);
  }
}

/** @throws InputError if a folder holds anything that a new model must not replace */
export async function requireReplaceable(folder: string, network: NetworkDescription): Promise<void> {
  const kept = await keptModel(folder, network);
  if (kept) tf.dispose(kept);
}

/**
 * Keeps a model: its folder is whole, with the record of its training, or absent.
 * @param updates updates of its weights
 */
export async function keepModel(
  trained: Trained,
  network: NetworkDescription,
  parameters: Parameters,
  updates: number,
): Promise<void> {
  const { path, role, config, corpus } = trained;
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const family = familyFor(config, corpus.tokenizer).spec;
  await saveModel(unfinished, {
    ...{ family, network, parameters, metadata: {} },
    ...originOfTrained(trained, { updates }),
  });
  await saveTokenizer(unfinished, corpus.tokenizer);
  await saveTrainingRecord(unfinished, { config: settingsOf(config, role), manifest: manifestOf(trained) });
  await rm(path, { recursive: true, force: true });
  await rename(unfinished, path);
}
