import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type NetworkDescription, type Parameters, isInputError } from '@idlm/core-diffusion';
import { readWeights } from '@idlm/denoiser/node';
import { RUN_FILES } from '@idlm/trainer';
import { copyModel } from '../models/model-files';
import { updatesOf } from '../records/checkpoint-updates';
import { type RunRecords, readRunRecords, saveTrainingRecord } from '../records/run-records';
import { settingsOf } from '../records/run-settings';
import { TRAINING_TIME, readTrainingTime } from '../records/training-time';
import { type RunPlace, requireMade, runTraining } from './run-training';
import type { Training } from './training';

/** A model that a command has made on its way. */
export interface MadeModel {
  readonly parameters: Parameters;
  /** Updates of its weights, and of its training in all: more where a guard kept earlier weights. */
  readonly updates: number;
  readonly ofRun: number;
  /** Wall clock of its training, over all sessions; 0 where that is not known. */
  readonly seconds: number;
}

/** Where and how a model is made: its folder, and a run beside it until it is done. */
export interface MakingPlace extends Pick<RunPlace, 'engine' | 'onEvent' | 'signal'> {
  readonly path: string;
}

/** Where the run of a model is until it is done. */
export const unfinishedOf = (path: string): string => `${path}.unfinished`;

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/**
 * The weights of a model that is made; the caller owns them.
 * @returns undefined where none is
 * @throws InputError if the folder holds anything else than a sound model of these sizes
 */
async function keptWeights(folder: string, network: NetworkDescription): Promise<Parameters | undefined> {
  if (!(await entriesOf(folder)).length) return undefined;
  try {
    return (await readWeights(folder, network)).parameters;
  } catch (error) {
    if (!isInputError(error)) throw error;
    const reason = error.message.replace(/\.$/, '');
    throw new InputError(`${folder} is damaged (${reason}); delete that folder to have its model trained again.`);
  }
}

const recordsOf = (run: string): Promise<RunRecords | undefined> =>
  readRunRecords(run, 'put back what was written, or delete that folder to begin its run anew');

/** Puts the model of a finished run in place, with the record of its training: the folder is whole, or absent. */
async function keepModel({ role }: Training, path: string, checkpoint: string): Promise<void> {
  const run = unfinishedOf(path);
  const model = join(run, 'model');
  await rm(model, { recursive: true, force: true });
  await copyModel(checkpoint, model);
  for (const name of [RUN_FILES.metrics, TRAINING_TIME]) await copyFile(join(run, name), join(model, name));
  const { config, manifest } = (await recordsOf(run))!;
  await saveTrainingRecord(model, { config: settingsOf(config, role), manifest: manifest! });
  await rm(path, { recursive: true, force: true });
  await rename(model, path);
}

/** Makes a model in a run beside its folder, or goes on with the run that is there. */
async function makeModel(training: Training, { path, ...place }: MakingPlace): Promise<void> {
  const run = unfinishedOf(path);
  const records = existsSync(join(run, RUN_FILES.config)) ? await recordsOf(run) : undefined;
  if (!records) await rm(run, { recursive: true, force: true });
  const result = await runTraining(training, {
    ...place,
    path: run,
    mode: records ? 'resume' : 'new',
    ...(records ? { continued: { records, changes: [] } } : {}),
  });
  requireMade(result, place.signal);
  await keepModel(training, path, result.checkpoint.path);
}

/**
 * A model that a command makes on its way: read from its folder where it is done; else trained, or trained on from where an
 * interrupt left it. The model is the same, bit for bit.
 * @throws InputError if the folder holds a damaged model or anything else, which is not replaced; an AbortError at an interrupt,
 * once all is saved
 */
export async function madeModel(training: Training, place: MakingPlace): Promise<MadeModel> {
  const { path } = place;
  const { network } = training;
  let parameters = await keptWeights(path, network);
  if (!parameters) {
    await makeModel(training, place);
    parameters = (await readWeights(path, network)).parameters;
  }
  await rm(unfinishedOf(path), { recursive: true, force: true });
  const { updates = training.updates, ofRun = updates } = await updatesOf(path);
  return { parameters, updates, ofRun, seconds: (await readTrainingTime(join(path, TRAINING_TIME))) ?? 0 };
}
