import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { type PreparedCorpus, type Tokenizer, saveTokenizer } from '@idlm/data';
import { textLength } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { FREE } from '@idlm/samplers';
import { openConfigured } from '../config/engine';
import { type LoadedConfig, resolveConfig } from '../config/load';
import type { ConfigValues } from '../config/schema';
import { withRecommended } from '../models/generation-config';
import { type ModelInUse, fitModel } from '../models/model-family';
import { type GivenModel, readModel } from '../models/model-origin';
import { contentOf } from '../records/output-folder';
import { saveTrainingRecord } from '../records/run-records';
import { settingsOf } from '../records/run-settings';
import { clampOf, haveBeginnings, requireRoom } from '../sampling/clamp';
import type { Writer } from '../sampling/writer';
import { openWriter } from '../sampling/writers';
import { type GivenText, encodePrompt, encodeTemplate } from '../text/prompts';

/** What is written with a model. */
export interface SampleOptions {
  /** Texts (default 1). */
  readonly count?: number;
  /** What every text begins with. */
  readonly prompt?: string;
  /** Text with holes instead: each `_` is a token to write, `\_` an underscore. */
  readonly template?: string;
  /** Tokens of a text (default: those of the model). */
  readonly length?: number;
  /** Steps from noise to text; not of an autoregressive model (default: `sampling.steps`). */
  readonly steps?: number;
  /** Further settings of `sampling`, such as `{ temperature: 0.8 }`. */
  readonly sampling?: ConfigValues['sampling'];
  /** Seed of the texts (default: that of the configuration). */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

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
   * Writes texts. The same seed writes the same.
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

/** A model with what it is used with; one that writes from left to right belongs to no kind of diffusion. */
function fitted(
  given: GivenModel,
  loaded: LoadedConfig,
): Pick<ModelInUse, 'config' | 'tokenizer'> & Partial<ModelInUse> {
  return given.model.network.config.causal
    ? { config: loaded.config, tokenizer: given.tokenizer }
    : fitModel({ ...given, loaded });
}

/** The configuration with the settings of some texts; what set its family is as before. */
function withSettings(loaded: LoadedConfig, { steps, sampling, seed }: SampleOptions): LoadedConfig {
  const set = {
    sampling: { ...sampling, ...(steps === undefined ? {} : { steps }) },
    ...(seed === undefined ? {} : { seed }),
  };
  return {
    ...loaded,
    config: resolveConfig({ base: { config: loaded.config, name: 'the configuration' }, set }).config,
  };
}

function givenText({ prompt, template }: SampleOptions, tokenizer: Tokenizer): GivenText {
  if (prompt !== undefined && template !== undefined)
    throw new InputError('A prompt and a template were given; give one of them.');
  return template === undefined ? encodePrompt(prompt ?? '', tokenizer) : encodeTemplate(template, tokenizer);
}

/** @throws InputError unless it is a whole number from 1 on, at most `most` */
function requireCount(name: string, value: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  const limit = most === Number.MAX_SAFE_INTEGER ? 'at least 1' : `from 1 to ${most}`;
  throw new InputError(`${name} is a whole number, ${limit}; ${value} was given.`);
}

/** What texts are written with. */
interface Writing {
  readonly writer: Writer;
  readonly tokenizer: Tokenizer;
  readonly given: GivenText;
  readonly length: number;
  readonly count: number;
  /** Texts that are written at once. */
  readonly most: number;
  readonly signal?: AbortSignal;
}

async function writeAll({ writer, tokenizer, given, length, count, most, signal }: Writing): Promise<string[]> {
  const texts: string[] = [];
  for (let firstRow = 0; firstRow < count; firstRow += most) {
    const rows = { batch: Math.min(most, count - firstRow), firstRow, length };
    const { tokens } = await writer.writeAll({ ...rows, clamp: clampOf(() => given, rows), signal });
    for (let i = 0; i < rows.batch; i++)
      texts.push(tokenizer.decode(tokens.subarray(i * length, (i + 1) * length).filter((token) => token !== FREE)));
  }
  return texts;
}

async function sampleFrom(
  model: GivenModel,
  loaded: LoadedConfig,
  engine: Engine,
  options: SampleOptions,
): Promise<string[]> {
  const { config, tokenizer, diffusion } = fitted(model, withSettings(loaded, options));
  const { count = 1, length = textLength(model.model.network.config), signal } = options;
  requireCount('The count of texts', count);
  requireCount('The length of a text', length, textLength(model.model.network.config));
  const given = givenText(options, tokenizer);
  requireRoom([given], length);
  const hasPrompt = haveBeginnings([given]);
  const writer = await openWriter({ ...model, config, tokenizer, diffusion, engine, count, hasPrompt });
  try {
    return await writeAll({ writer, tokenizer, given, length, count, most: config.sampling.batch, signal });
  } finally {
    writer.dispose();
  }
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
    sample: async (options = {}) => sampleFrom(given, loaded, engine ?? (await openConfigured(loaded)), options),
    save: (to) => saveTo(to, given),
    given,
    ...(corpus ? { corpus } : {}),
  };
}

/**
 * Opens a saved model: its folder, or a run of which it is the last result.
 * @param path a model folder or a run
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
  const given = await readModel(path, loaded);
  const recommended = await withRecommended(loaded, given.folder);
  return modelOf(given, { ...options, loaded: recommended.loaded });
};
