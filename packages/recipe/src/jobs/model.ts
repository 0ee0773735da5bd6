import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { type PreparedCorpus, type Tokenizer, saveTokenizer } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import { type LoadedConfig, resolveConfig } from '../config/load';
import { withRecommended } from '../models/generation-config';
import { type GivenModel, readModel } from '../models/model-origin';
import { readSampledFiles } from '../models/onnx-model';
import { contentOf } from '../records/output-folder';
import { saveTrainingRecord } from '../records/run-records';
import { settingsOf } from '../records/run-settings';
import { type SampleOptions, sampleFrom } from './sample';

/** A model that was trained or opened. */
export interface Model {
  /** What it is, such as `teacher`; undefined for models of others. */
  readonly role?: string;
  readonly network: NetworkDescription;
  readonly tokenizer: Tokenizer;
  /** Where it lies; undefined for one in the memory of this process. */
  readonly folder?: string;
  /** Updates of its weights, where they are known. */
  readonly updates?: number;
  /**
   * Writes texts, without the spaces behind them, with which rows are filled up; those of `infill` end as they were given. The same
   * seed writes the same.
   * @throws InputError for settings that there are not, and what leaves no room
   */
  sample(options?: SampleOptions): Promise<string[]>;
  /**
   * Saves it as a model folder, with its tokenizer and the record of its training.
   * @throws InputError if the folder holds anything
   */
  save(folder: string): Promise<void>;
  /** What other jobs take of it. */
  readonly given: GivenModel;
  /** The text that it was trained on, where this process has read it. */
  readonly corpus?: PreparedCorpus;
}

/** What a model is used with. */
export interface ModelSurroundings {
  readonly loaded: LoadedConfig;
  /** What computes (default: the configured engine, opened when it is needed). */
  readonly engine?: Engine;
  readonly corpus?: PreparedCorpus;
}

async function saveTo(folder: string, { tokenizer, stored, records }: GivenModel): Promise<void> {
  const found = await contentOf(folder);
  if (found !== undefined) throw new InputError(`${folder} is not empty; name another folder for the model.`);
  await stored.copyTo(folder);
  // Folders of others may come without.
  if ((await stored.text('tokenizer.json')) === undefined) await saveTokenizer(folder, tokenizer);
  const { config, manifest } = records ?? {};
  if (config && manifest?.role)
    await saveTrainingRecord(folder, { config: settingsOf(config, manifest.role), manifest });
}

/** A model as other jobs and programs use it. */
export function modelOf(given: GivenModel, { loaded, engine, corpus }: ModelSurroundings): Model {
  const { model, tokenizer, folder, stored } = given;
  return {
    ...(model.role ? { role: model.role } : {}),
    network: model.network,
    tokenizer,
    ...(stored.inMemory ? {} : { folder }),
    ...(model.made?.updates === undefined ? {} : { updates: model.made.updates }),
    sample: (options = {}) => sampleFrom(given, loaded, engine, options),
    save: (to) => saveTo(to, given),
    given,
    ...(corpus ? { corpus } : {}),
  };
}

/**
 * Opens a saved model: its folder, or a run of which it is the last result, or an ONNX file of `idlm export`, with which texts are
 * sampled by ONNX Runtime and nothing else.
 * @param path a model folder, a run, or an ONNX file
 * @param loaded what it is used with (default: the defaults); what is set there wins over the model's own family, and over what its
 * folder recommends for sampling (`generation_config.json`)
 * @param options what computes
 * @throws InputError if there is none, or one of its files is damaged
 * @example
 * ```ts
 * import { openModel, resolveConfig, trainTeacher } from '@idlm/recipe';
 *
 * const tiny = { model: { hidden: 16, blocks: 1, heads: 2, cond: 4 }, data: { length: 8 }, teacher: { updates: 2, batch: 2 } };
 * const config = resolveConfig({ set: { ...tiny, engine: { name: 'wasm' } } });
 * await trainTeacher(config, { text: 'the sea and the whale '.repeat(20), out: 'runs/teacher' });
 * const teacher = await openModel('runs/teacher', config);
 * const [text] = await teacher.sample({ steps: 4, prompt: 'the ' });
 * console.log(teacher.role, teacher.updates, text?.startsWith('the ')); // → teacher 2 true
 * ```
 */
export const openModel = async (
  path: string,
  loaded: LoadedConfig = resolveConfig({}),
  options: Pick<ModelSurroundings, 'engine'> = {},
): Promise<Model> => {
  const given = await readModel(path, loaded, readSampledFiles);
  if (given.stored.graph !== undefined && options.engine)
    throw new InputError(`${path} is run by ONNX Runtime, and an engine was given; leave that out.`);
  const isCausal = given.model.network.config.causal === true;
  const recommended = await withRecommended(loaded, { ...given, isCausal });
  return modelOf(given, { ...options, loaded: recommended.loaded });
};
