import { dirname } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { WEIGHT_DTYPES, type WeightDtype } from '@idlm/denoiser';
import {
  type CheckpointWeights,
  convertModel,
  describeCheckpoint,
  describeModel,
  isTorchFile,
  modelFolder,
  openTorchCheckpoint,
  openWeights,
} from '@idlm/denoiser/node';
import { importModules, seenFromHere } from '@idlm/recipe/config';
import type { Terminal } from '../terminal';

/** Options of `idlm convert`. */
export interface ConvertOptions {
  readonly dtype: string;
  readonly family?: string;
  readonly weights?: CheckpointWeights;
  readonly import: readonly string[];
  readonly force?: boolean;
}

/** @throws InputError naming the types that weights are saved as */
function dtypeOf(name: string): WeightDtype {
  const found = WEIGHT_DTYPES.find((dtype) => dtype === name.toUpperCase());
  if (found) return found;
  throw new InputError(`--dtype takes ${WEIGHT_DTYPES.join(', ').toLowerCase()}; ${JSON.stringify(name)} was given.`);
}

/** A model folder, a run or a checkpoint of PyTorch, open for reading. */
async function openModel(from: string, { family, weights }: ConvertOptions) {
  const known = family === undefined ? {} : { family };
  if (isTorchFile(from)) {
    const source = await openTorchCheckpoint(from, weights);
    return { source, folder: dirname(from), describe: () => describeCheckpoint(source, known) };
  }
  if (weights)
    throw new InputError(
      `--weights chooses among those of a checkpoint (.ckpt); ${from} has but one kind, so leave it out.`,
    );
  const folder = await modelFolder(from);
  return { source: await openWeights(folder), folder, describe: () => describeModel(folder, known) };
}

/** `idlm convert`: a model in another folder, its numbers bit for bit or rounded to another type. */
export async function convertCommand(
  from: string,
  to: string,
  options: ConvertOptions,
  terminal: Terminal,
): Promise<void> {
  const dtype = dtypeOf(options.dtype);
  await importModules(options.import.map((one) => seenFromHere(one, '.')));
  const { source, folder, describe } = await openModel(from, options);
  try {
    const model = await describe();
    model.assumed.forEach((sentence) => terminal.note(sentence));
    const { type, ...others } = model;
    const family = model.family ?? (options.family === undefined ? undefined : { name: options.family });
    const saved = family ? { ...others, family } : { ...others, type };
    await convertModel({ source, from: folder, to, model: saved, dtype, replace: options.force });
    terminal.result({ model: to, dtype, assumed: model.assumed }, () => to);
  } finally {
    await source.close();
  }
}
