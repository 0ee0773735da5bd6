import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError, logLinear } from '@idlm/core-diffusion';
import { configFields, denoisers, hostDenoiser, textLength } from '@idlm/denoiser';
import { type ModelDescription, findModel, folderOfModel, openNetworkWeights, readWeights } from '@idlm/denoiser/node';
import { type EngineName, openEngine } from '@idlm/engine';
import { type Agreement, type OnnxWeights, type Opset, compareNetworks, exportOnnx } from '@idlm/onnx';
import { openOnnxSession, requireOnnxLibrary, writeOnnxFiles } from '@idlm/onnx/node';
import { onnxDenoiser } from '@idlm/onnx/runtime';
import { promptingFile } from '@idlm/recipe/models';
import { readRunRecords } from '@idlm/recipe/records';
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

/** Files beside a model that make the graph a model of ours. */
const COMPANIONS = ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];

/** What travels in the file: the configuration, the tokenizer where there is one, and how prompts are given. */
async function metadataOf(folder: string, model: ModelDescription): Promise<Record<string, string>> {
  const { type, assumed: _, ...others } = model;
  const saved = model.family ? { ...others, family: model.family } : { ...others, type };
  const texts: Record<string, string> = { 'config.json': JSON.stringify(configFields(saved)) };
  for (const name of COMPANIONS)
    if (existsSync(join(folder, name))) texts[name] = await readFile(join(folder, name), 'utf8');
  const records = await readRunRecords(folder, 'put back what was written, or delete it');
  return { ...texts, ...(records ? promptingFile(records) : {}) };
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
  const engine = await openEngine({ prefer });
  const { parameters } = await readWeights(path, network);
  // Any schedule will do: what is compared is the network at noise levels, not what they stand for.
  const schedule = logLinear();
  const own = hostDenoiser({ denoiser: denoisers.create(network), parameters, schedule, compile: engine.compile });
  const session = openOnnxSession(resolve(file));
  try {
    const { denoise } = onnxDenoiser({ session, schedule });
    const { vocabSize } = network.config;
    return await compareNetworks(own.denoise, denoise, { vocabSize, length: textLength(network.config) });
  } finally {
    session.dispose();
    own.dispose();
  }
}

const describeAgreement = ({ positions, largest, divergence, greedy }: Agreement): string =>
  `Of ${positions} positions: logits differ by ${largest.toExponential(1)} of the largest at the most, KL ${divergence.mean.toExponential(1)} nats on average and ${divergence.worst.toExponential(1)} at the worst, and ${(100 * greedy).toFixed(2)} % have the same likeliest token.`;

/** `idlm export`: a model as an ONNX file; with `--check`, exit code 1 where its logits are not the model's. */
export async function exportCommand(
  from: string,
  file: string,
  options: ExportOptions,
  terminal: Terminal,
): Promise<void> {
  const { weights, opset, check = false, force = false } = options;
  if (existsSync(file) && !force) throw new InputError(`${file} is there; name another file, or replace it (--force).`);
  if (check) requireOnnxLibrary();
  const { source, model } = await openModel(from, { family: options.family, import: options.import });
  await source.close();
  model.assumed.forEach((sentence) => terminal.note(sentence));
  const path = await findModel(from);
  const own = await openNetworkWeights(path, model.network);
  try {
    const metadata = await metadataOf(folderOfModel(path), model);
    const how = { weights, opset: Number(opset) as Opset, metadata, dataFile: `${basename(file)}_data` };
    const files = await exportOnnx({ network: model.network, read: (name) => own.read(name) }, how);
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeOnnxFiles(file, files);
  } finally {
    await own.close();
  }
  const agreement = check ? await agreementWith(file, path, model, options.engine) : undefined;
  if (agreement) terminal.note(describeAgreement(agreement));
  terminal.result({ file, weights, opset: Number(opset), ...(agreement ? { agreement } : {}) }, () => file);
  // Not `>`: a difference that is no number is none that is small.
  if (agreement && weights === 'f32' && !(agreement.largest <= EQUAL))
    throw new Error(`the logits of ${file} are not the model's: they may differ by ${EQUAL} of the largest`);
}
