import { InputError } from '@idlm/core-diffusion';
import { WEIGHT_DTYPES, type WeightDtype } from '@idlm/denoiser';
import { convertModel, describeModel, modelFolder } from '@idlm/denoiser/node';
import { importModules, seenFromHere } from '@idlm/recipe/config';
import type { Terminal } from '../terminal';

/** Options of `idlm convert`. */
export interface ConvertOptions {
  readonly dtype: string;
  readonly family?: string;
  readonly import: readonly string[];
  readonly force?: boolean;
}

/** @throws InputError naming the types that weights are saved as */
function dtypeOf(name: string): WeightDtype {
  const found = WEIGHT_DTYPES.find((dtype) => dtype === name.toUpperCase());
  if (found) return found;
  throw new InputError(`--dtype takes ${WEIGHT_DTYPES.join(', ').toLowerCase()}; ${JSON.stringify(name)} was given.`);
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
  const folder = await modelFolder(from);
  const model = await describeModel(folder, options.family === undefined ? {} : { family: options.family });
  model.assumed.forEach((sentence) => terminal.note(sentence));
  const { type, ...others } = model;
  const family = model.family ?? (options.family === undefined ? undefined : { name: options.family });
  const saved = family ? { ...others, family } : { ...others, type };
  await convertModel({ from: folder, to, model: saved, dtype, replace: options.force });
  terminal.result({ model: to, dtype, assumed: model.assumed }, () => to);
}
