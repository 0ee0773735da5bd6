import { percent } from '@idlm/core-diffusion/errors';
import { textLength } from '@idlm/denoiser';
import { folderOfModel } from '@idlm/denoiser/node';
import { type LoadedConfig, isOfPreset, originOf, resolveConfig } from '../config/load';
import { presetNames } from '../config/presets';
import type { Config } from '../config/schema';
import { type PlacedField, findPlace } from '../records/places';
import { type RunRecords, readRunRecords } from '../records/run-records';
import type { PreparedCorpus } from '../text/corpus';
import { tokenizerChoice } from '../text/tokenizer';
import { type ModelFiles, readModelFiles } from './model-files';

/** A saved model that a command is given, with what is known of the run that made it. */
export interface GivenModel extends ModelFiles {
  /** The path that was given. */
  readonly path: string;
  /** Absent where no run is known, as for downloaded models. */
  readonly records?: RunRecords;
}

/**
 * Reads all but the weights of a model.
 * @param path a model folder, a run, or a checkpoint of PyTorch
 * @param readFiles what reads it, of more kinds of files perhaps
 * @throws InputError if it holds no model, or one of its files is damaged
 */
export async function readModel(
  path: string,
  loaded: LoadedConfig,
  readFiles: typeof readModelFiles = readModelFiles,
): Promise<GivenModel> {
  const files = await readFiles(path, loaded);
  const records = await readRunRecords(path, 'put back what was written, or delete it and set data.corpus yourself');
  return { path, ...files, ...(records ? { records } : {}) };
}

type Data = Config['data'];

/** What a folder alone tells of the text that its model takes. */
const dataOfFolder = ({ folder, model, tokenizer }: GivenModel): Partial<Data> => ({
  length: textLength(model.network.config),
  normalise: tokenizer.normalise,
  tokenizer: tokenizerChoice(tokenizer, folderOfModel(folder)),
});

/** The `data` of a model's run, but for what somebody has set. */
function dataOfRun({ run, config, manifest }: RunRecords, isSet: (field: keyof Data) => boolean): Partial<Data> {
  const found = (field: PlacedField) =>
    isSet(field) ? {} : { [field]: findPlace(run, field, config.data, manifest?.places?.[field]) };
  const { corpus: _corpus, tokenizer: _tokenizer, ...rest } = config.data;
  // The format is that of the file, which may be another now.
  return { ...rest, ...(isSet('corpus') ? { format: null } : {}), ...found('corpus') };
}

/**
 * The configuration for a saved model, with the text that it was trained on: each field of `data` that nobody has set is that
 * of the model's run, or what the folder tells where no run is known. The length of a preset is not set by anybody.
 * @throws InputError if the text of the run is not where it was, nor beside the run as it was
 */
export function withModelData(loaded: LoadedConfig, given: GivenModel): LoadedConfig {
  const isSet = (field: keyof Data) =>
    originOf(loaded, `data.${field}`) !== undefined && !(field === 'length' && isOfPreset(loaded, 'data.length'));
  const known = { ...(given.records ? dataOfRun(given.records, isSet) : {}), ...dataOfFolder(given) };
  const taken = Object.entries(known).filter(([field]) => !isSet(field as keyof Data));
  return {
    config: { ...loaded.config, data: { ...loaded.config.data, ...Object.fromEntries(taken) } },
    origins: { ...loaded.origins, ...Object.fromEntries(taken.map(([field]) => [`data.${field}`, given.path])) },
  };
}

/** What is to be said of another share held out than the model's run had. */
function shareWarning(path: string, ofRun: number, now: number): string[] {
  if (ofRun === now) return [];
  const overlap = now > ofRun ? 'the model has seen some of what is held out now' : 'less is held out now';
  return [
    `The model in ${path} was trained with ${percent(ofRun)} of the text held out (data.heldOut), and this is ${percent(now)}: ${overlap}.`,
  ];
}

/** A hint where a model is published, as far as is known, and those of its kind saw windows with ends, which this text has not. */
function windowHint(
  { path, model: { type } }: Pick<GivenModel, 'path' | 'model'>,
  loaded: LoadedConfig,
  { endOfTextId, decode }: PreparedCorpus['tokenizer'],
): string[] {
  const preset = `${type}-published`;
  const isKnown = presetNames().includes(preset) && resolveConfig({ preset }).config.data.windowEnds;
  const isChosen = loaded.config.data.windowEnds || originOf(loaded, 'data.windowEnds') !== undefined;
  if (!isKnown || isChosen || endOfTextId === undefined) return [];
  return [
    `Published models of the type ${type} saw windows that begin and end with ${decode([endOfTextId])}, and those here have text alone; data.windowEnds=true gives them such, if ${path} is one.`,
  ];
}

/**
 * What is to be heeded where a model meets other text than it was trained on, or another part of it.
 * @param loaded the configuration as `withModelData` gives it
 */
export function textWarnings(
  given: Pick<GivenModel, 'path' | 'records' | 'model'>,
  loaded: LoadedConfig,
  { facts, tokenizer }: Pick<PreparedCorpus, 'facts' | 'tokenizer'>,
): string[] {
  const { path, records } = given;
  const { corpus, heldOut } = loaded.config.data;
  if (!records) {
    const hint = windowHint(given, loaded, tokenizer);
    return originOf(loaded, 'data.corpus') === undefined
      ? [
          `Nothing tells what the model in ${path} was trained on; ${corpus} is only the default of data.corpus.`,
          ...hint,
        ]
      : hint;
  }
  const { config, manifest } = records;
  const trained = config.data.corpus;
  if (!manifest || manifest.data === facts.hash) return shareWarning(path, config.data.heldOut, heldOut);
  const other =
    trained === corpus ? `${trained} is not what it was then, or is read otherwise` : `the text here is ${corpus}`;
  return [`The model in ${path} was trained on ${trained}, and ${other}.`];
}
