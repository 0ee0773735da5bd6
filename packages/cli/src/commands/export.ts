import { statSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError, logLinear } from '@idlm/core-diffusion';
import { isCompanionFile } from '@idlm/core-diffusion/node';
import { configFields, denoisers, hostDenoiser, textLength } from '@idlm/denoiser';
import {
  type ModelDescription,
  findModel,
  folderOfModel,
  isOnnxFile,
  openNetworkWeights,
  readWeights,
} from '@idlm/denoiser/node';
import { type EngineName, openEngine } from '@idlm/engine';
import { type Agreement, type OnnxWeights, type Opset, compareNetworks, exportOnnx } from '@idlm/onnx';
import { openOnnxSession, requireOnnxLibrary, writeOnnxFiles } from '@idlm/onnx/node';
import { onnxDenoiser } from '@idlm/onnx/runtime';
import { promptingFile } from '@idlm/recipe/models';
import { readRunRecords } from '@idlm/recipe/records';
import * as tf from '@tensorflow/tfjs-core';
import type { Terminal } from '../terminal';
import { type ModelFileOptions, openModel } from './open-model';

/** Options of `idlm export`. */
export interface ExportOptions extends Omit<ModelFileOptions, 'weights'> {
  readonly format: 'onnx';
  readonly weights: OnnxWeights;
  readonly opset: string;
  readonly check?: boolean;
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

/** Largest difference of logits, as a share of the largest, that counts as equal where weights are not rounded. */
const EQUAL = 1e-4;

/** How near a file's network is to the model's own on the engine. */
async function agreementWith(
  file: string,
  path: string,
  { network }: ModelDescription,
  prefer: EngineName | 'auto',
): Promise<Agreement> {
  const { compile } = await openEngine({ prefer });
  // Any schedule will do: what is compared is the network at noise levels, not what they stand for.
  const schedule = logLinear();
  const session = openOnnxSession(resolve(file));
  try {
    const { denoise } = onnxDenoiser({ session, schedule });
    const { parameters } = await readWeights(path, network);
    const own = hostDenoiser({ denoiser: denoisers.create(network), parameters, schedule, compile });
    const { vocabSize } = network.config;
    return await compareNetworks(own.denoise, denoise, { vocabSize, length: textLength(network.config) }).finally(
      () => {
        own.dispose();
        tf.dispose(parameters);
      },
    );
  } finally {
    session.dispose();
  }
}

const describeAgreement = ({ positions, largest, divergence, greedy }: Agreement): string =>
  `Of ${positions} positions: logits differ by ${largest.toExponential(1)} of the largest at the most, KL ${divergence.mean.toExponential(1)} nats on average and ${divergence.worst.toExponential(1)} at the worst, and ${(100 * greedy).toFixed(2)} % have the same likeliest token.`;

/** @throws Error for a file whose logits are no numbers or, where its weights are not rounded, are not those of the model */
function requireAgreement(file: string, { largest }: Agreement, weights: OnnxWeights): void {
  // Not `>`: a difference that is no number is none that is small.
  if (largest <= (weights === 'f32' ? EQUAL : Number.MAX_VALUE)) return;
  throw new Error(`the logits of ${file} would not be the model's, so it was not written`);
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
  const { source, model } = await openModel(from, { family: options.family, import: options.import });
  await source.close();
  model.assumed.forEach((sentence) => terminal.note(sentence));
  const path = await findModel(from);
  const own = await openNetworkWeights(path, model.network);
  let agreement: Agreement | undefined;
  try {
    const metadata = await metadataOf(folderOfModel(path), model);
    const how = { weights, opset, metadata, dataFile: basename(dataFileOf(file)) };
    const files = await exportOnnx({ network: model.network, read: (name) => own.read(name) }, how);
    await writeOnnxFiles(file, files, async (unfinished) => {
      if (!check) return;
      agreement = await agreementWith(unfinished, path, model, options.engine);
      terminal.note(describeAgreement(agreement));
      requireAgreement(file, agreement, weights);
    });
    // Of a larger model that was there.
    if (!files.data) await rm(dataFileOf(file), { force: true });
  } finally {
    await own.close();
  }
  terminal.result({ file, weights, opset, ...(agreement ? { agreement } : {}) }, () => file);
}
