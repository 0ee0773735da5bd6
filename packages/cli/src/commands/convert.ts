import { sep } from 'node:path';
import { InputError, quoted } from '@idlm/core-diffusion';
import { WEIGHT_DTYPES, type WeightDtype } from '@idlm/denoiser';
import { type TargetLayout, convertModel, hashWeights, inspectWeights, isTorchFile } from '@idlm/denoiser/node';
import { maskOf } from '@idlm/recipe/models';
import type { Terminal } from '../terminal';
import { evaluationOf } from './card-numbers';
import { type ModelFileOptions, openModel, tokenizerBeside } from './open-model';

/** Options of `idlm convert`. */
export interface ConvertOptions extends ModelFileOptions {
  readonly dtype: string;
  readonly layout: TargetLayout;
  readonly transformers?: boolean;
  /** Folder of an evaluation of this model, whose numbers go onto its card. */
  readonly evaluation?: string;
  readonly force?: boolean;
}

/** @throws InputError naming the types that weights are saved as */
function dtypeOf(name: string): WeightDtype {
  const found = WEIGHT_DTYPES.find((dtype) => dtype === name.toUpperCase());
  if (found) return found;
  throw new InputError(`--dtype takes ${WEIGHT_DTYPES.join(', ').toLowerCase()}; ${quoted(name)} was given.`);
}

/** Sentences that name files of a folder without saying where that is: the new one goes elsewhere. */
const withoutFolder = (sentences: readonly string[], folder: string): string[] =>
  sentences.map((sentence) => sentence.replaceAll(`${folder}${sep}`, '').replaceAll(` of ${folder} `, ' '));

/** `idlm convert`: a model in another folder, its numbers bit for bit or rounded to another type. */
export async function convertCommand(
  from: string,
  to: string,
  options: ConvertOptions,
  terminal: Terminal,
): Promise<void> {
  const { layout, transformers, force } = options;
  const dtype = dtypeOf(options.dtype);
  const { source, folder, model } = await openModel(from, options);
  try {
    const { type, assumed: _, made, ...others } = model;
    const { odd } = await inspectWeights(source, model);
    const { tokenizer } = await tokenizerBeside(folder);
    const mask = maskOf({ folder, model, tokenizer, family: options.family });
    const assumed = [...odd, ...mask.assumed];
    [...assumed, ...(mask.refused === undefined ? [] : [mask.refused])].forEach((sentence) => terminal.note(sentence));
    const family = model.family ?? (options.family === undefined ? undefined : { name: options.family });
    const told = assumed.length ? { made: { ...made, assumed: withoutFolder(assumed, folder) } } : made ? { made } : {};
    const saved = { ...others, ...told, ...(family ? { family } : { type }) };
    const evaluation =
      options.evaluation === undefined
        ? undefined
        : await evaluationOf(options.evaluation, await hashWeights(isTorchFile(source.path) ? source.path : folder));
    await convertModel({
      source,
      from: folder,
      to,
      model: saved,
      dtype,
      layout,
      transformers,
      evaluation,
      replace: force,
    });
    terminal.result({ model: to, layout, dtype, mask: mask.maskId, assumed }, () => to);
  } finally {
    await source.close();
  }
}
