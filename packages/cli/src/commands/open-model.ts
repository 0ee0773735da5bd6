import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError, families, isInputError, quoted } from '@idlm/core-diffusion';
import { type Tokenizer, loadTokenizer } from '@idlm/data';
import {
  type CheckpointWeights,
  type ModelDescription,
  type WeightsSource,
  describeCheckpoint,
  describeModel,
  findModel,
  isTorchFile,
  openTorchCheckpoint,
  openWeights,
} from '@idlm/denoiser/node';
import { importModules, seenFromHere } from '@idlm/recipe/config';

/** Options of the commands that handle models as files. */
export interface ModelFileOptions {
  /** Kind of diffusion of a model whose configuration does not tell it. */
  readonly family?: string;
  readonly weights?: CheckpointWeights;
  readonly import: readonly string[];
}

/** A model whose weights can be read one at a time. */
export interface OpenModel {
  readonly source: WeightsSource;
  /** Where its other files are. */
  readonly folder: string;
  readonly model: ModelDescription;
}

/** @throws InputError for a family that nobody has registered, and for another than the model says that it is */
function checkFamily({ type, family, network }: ModelDescription, given: string | undefined, path: string): void {
  if (given === undefined) return;
  const known = families.entries().map(([name]) => name);
  if (!known.includes(given)) throw new InputError(`--family takes ${known.join(', ')}; ${quoted(given)} was given.`);
  if (network.config.causal) throw new InputError(`${path} is autoregressive, and of no family; leave --family out.`);
  const own = family?.name ?? (known.includes(type) ? type : given);
  if (own !== given)
    throw new InputError(`${path} says that it is of the family ${own}, and --family says ${given}; leave that out.`);
}

async function openCheckpoint(path: string, { family, weights }: ModelFileOptions): Promise<OpenModel> {
  const source = await openTorchCheckpoint(path, weights);
  try {
    const model = await describeCheckpoint(source, { family });
    checkFamily(model, family, path);
    return { source, folder: dirname(path), model };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * Opens a model folder, a run, or a checkpoint of PyTorch; the caller closes its source.
 * @throws InputError if it holds no model, one of another family than is given, or one whose files are damaged or unlike their configuration
 */
export async function openModel(path: string, options: ModelFileOptions): Promise<OpenModel> {
  await importModules(options.import.map((one) => seenFromHere(one, '.')));
  const folder = await findModel(path);
  if (isTorchFile(folder)) return openCheckpoint(folder, options);
  if (options.weights)
    throw new InputError(
      `--weights chooses among those of a checkpoint (.ckpt); ${path} has but one kind, so leave it out.`,
    );
  const model = await describeModel(folder, { family: options.family });
  checkFamily(model, options.family, folder);
  return { source: await openWeights(folder), folder, model };
}

/** The tokenizer beside a model, or why it cannot be read; neither where there is none. */
export async function tokenizerBeside(
  folder: string,
): Promise<{ readonly tokenizer?: Tokenizer; readonly broken?: string }> {
  if (!existsSync(join(folder, 'tokenizer.json'))) return {};
  try {
    return { tokenizer: await loadTokenizer(folder) };
  } catch (error) {
    if (isInputError(error)) return { broken: `The tokenizer cannot be read: ${error.message}` };
    throw error;
  }
}
