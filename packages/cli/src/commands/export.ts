import { statSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { isCompanionFile } from '@idlm/core-diffusion/node';
import { configFields } from '@idlm/denoiser';
import { type ModelDescription, findModel, folderOfModel, isOnnxFile, openNetworkWeights } from '@idlm/denoiser/node';
import type { EngineName } from '@idlm/engine';
import { type OnnxWeights, type Opset, exportOnnx } from '@idlm/onnx';
import { requireOnnxLibrary, writeOnnxFiles } from '@idlm/onnx/node';
import { promptingFile } from '@idlm/recipe/models';
import { readRunRecords } from '@idlm/recipe/records';
import type { Terminal } from '../terminal';
import { type Checked, checkFile, describeCheck, requireAgreement } from './export-check';
import { type ModelFileOptions, openModel } from './open-model';

/** Options of `idlm export`. */
export interface ExportOptions extends Omit<ModelFileOptions, 'weights'> {
  readonly format: 'onnx';
  readonly weights: OnnxWeights;
  readonly opset: string;
  readonly check?: boolean;
  /** Samples by which rounded weights are judged. */
  readonly samples?: string;
  readonly engine: EngineName | 'auto';
  readonly force?: boolean;
}

/** What travels in the file: the configuration, what goes with a model from folder to folder, and how prompts are given. */
async function metadataOf(folder: string, model: ModelDescription): Promise<Record<string, string>> {
  const { type, assumed: _, ...others } = model;
  const saved = model.family ? { ...others, family: model.family } : { ...others, type };
  const texts: Record<string, string> = { 'config.json': JSON.stringify(configFields(saved)) };
  for (const name of (await readdir(folder)).filter(isCompanionFile))
    texts[name] = await readFile(join(folder, name), 'utf8');
  const records = await readRunRecords(folder, 'put back what was written, or delete it');
  return { ...texts, ...(records ? promptingFile(records) : {}) };
}

/** The file of the weights of a graph, where they lie beside it. */
const dataFileOf = (file: string): string => `${file}_data`;

/** @throws InputError for names by which nobody knows the file, and for files that are there and are not to be replaced */
function requireTarget(file: string, isReplaced: boolean): void {
  if (!isOnnxFile(file)) throw new InputError(`ONNX files are known by their names: name it ${file}.onnx.`);
  for (const path of [file, dataFileOf(file)]) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new InputError(`${path} is a folder; name another file.`);
    if (found && !isReplaced) throw new InputError(`${path} is there; name another file, or replace it (--force).`);
  }
}

/** `idlm export`: a model as an ONNX file; with `--check`, exit code 1 and no file where its logits are not the model's. */
export async function exportCommand(
  from: string,
  file: string,
  options: ExportOptions,
  terminal: Terminal,
): Promise<void> {
  const { weights, check = false, force = false } = options;
  const opset = Number(options.opset) as Opset;
  requireTarget(file, force);
  if (check) requireOnnxLibrary();
  else if (options.engine !== 'auto')
    throw new InputError('--engine is what --check compares with; give that too, or leave --engine out.');
  if (options.samples !== undefined && (!check || weights === 'f32'))
    throw new InputError('--samples are drawn where --check judges rounded weights; give both, or leave it out.');
  const { source, model } = await openModel(from, { family: options.family, import: options.import });
  await source.close();
  model.assumed.forEach((sentence) => terminal.note(sentence));
  const path = await findModel(from);
  const own = await openNetworkWeights(path, model.network);
  let found: Checked | undefined;
  try {
    const metadata = await metadataOf(folderOfModel(path), model);
    const how = { weights, opset, metadata, dataFile: basename(dataFileOf(file)) };
    const files = await exportOnnx({ network: model.network, read: (name) => own.read(name) }, how);
    await writeOnnxFiles(file, files, async (unfinished) => {
      if (!check) return;
      found = await checkFile(unfinished, { ...options, path, model });
      describeCheck(found).forEach((sentence) => terminal.note(sentence));
      requireAgreement(file, found.agreement, weights);
    });
    // Of a larger model that was there.
    if (!files.data) await rm(dataFileOf(file), { force: true });
  } finally {
    await own.close();
  }
  terminal.result({ file, weights, opset, ...found }, () => file);
}
