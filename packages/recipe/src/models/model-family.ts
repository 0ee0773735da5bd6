import { InputError, type Json, type Spec, families } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import type { ModelDescription } from '@idlm/denoiser/node';
import { differences, show } from '@idlm/trainer';
import { configuredFamily, processOf } from '../config/family';
import { type LoadedConfig, originOf } from '../config/load';
import type { Config } from '../config/schema';
import { type Diffusion, resolveDiffusion } from '../resolved/diffusion';
import { withImportAdvice } from '../text/import-advice';
import { fitTokenizer } from './fit-tokenizer';

/** A saved model, and the configuration that it is to be used with. */
export interface ModelUse {
  readonly loaded: LoadedConfig;
  /** Where the model lies, for messages. */
  readonly folder: string;
  readonly model: ModelDescription;
  readonly tokenizer: Tokenizer;
}

/** A saved model before anything is known of its tokens. */
export type ModelWithoutTokenizer = Omit<ModelUse, 'tokenizer'>;

/** How a saved diffusion model is used. */
export interface ModelInUse {
  /** The configuration, with the family that the model was trained as. */
  readonly config: Config;
  /** The tokenizer, with the vocabulary of the network. */
  readonly tokenizer: Tokenizer;
  /** That kind of diffusion, and how it is sampled as configured. */
  readonly diffusion: Diffusion;
  /** What the folder does not say and was assumed, such as time conditioning, family, noise schedule and mask, in one line where it is anything. */
  readonly assumed: readonly string[];
  /** In what it is used otherwise than it was trained, as somebody has set it, in sentences. */
  readonly warnings: readonly string[];
}

const withFamily = (config: Config, { name, options = {} }: Spec): Config => ({ ...config, family: { name, options } });

/** The family that a model's folder means; undefined where it names none. */
function ownFamily({ model: { type, family, network } }: Pick<ModelUse, 'model'>): Spec | undefined {
  if (family) return family;
  // Older folders and published models have a name alone.
  if (families.entries().some(([name]) => name === type)) return { name: type };
  // Of the published students, only MDLM's do not read the noise level.
  return network.config.timeConditioned ? undefined : { name: 'mdlm' };
}

/** @throws InputError if the family that somebody has set is of another process than the model's own */
function checkProcess({ loaded: { config }, folder }: ModelWithoutTokenizer, own: Spec, origin: string): void {
  const [configured, trained] = [processOf(config).kind, processOf(withFamily(config, own)).kind];
  if (configured === trained) return;
  throw new InputError(
    `The model in ${folder} was trained as ${own.name} with ${trained} noise, and ${origin} sets the family ${config.family.name} with ${configured} noise; leave the family out, or set that of the model.`,
  );
}

/**
 * The family to use: what somebody has set, if it fits the model, else the model's own.
 * @throws InputError for two of different processes, and where there is neither
 */
export function chosenFamily(use: ModelWithoutTokenizer): Config {
  const { loaded, folder, model } = use;
  const [own, origin] = [ownFamily(use), originOf(loaded, 'family')];
  if (!own && !origin)
    throw new InputError(
      `The model in ${folder} is of type ${model.type} and its config.json names no family, with which the same weights write other text; set it (--preset, or family.name).`,
    );
  if (!own || !origin) return own ? withFamily(loaded.config, own) : loaded.config;
  // A bare name leaves the options, such as the process, to whoever sets the same family.
  if (model.family || own.name !== loaded.config.family.name) checkProcess(use, own, origin);
  return loaded.config;
}

/** In what the family that somebody has set differs from the one that the folder names with its options. */
function otherFamily({ loaded, folder, model }: ModelUse, config: Config, tokenizer: Tokenizer): string[] {
  if (!model.family) return [];
  const specOf = (one: Config) => configuredFamily(one, tokenizer).family.spec as unknown as Json;
  const found = differences(specOf(withFamily(config, model.family)), specOf(config));
  // Families of other names have other options, which say no more.
  const other = found.find(({ path }) => path === 'name');
  return (other ? [other] : found).map(
    ({ path, saved, given }) =>
      `The model in ${folder} was trained with family.${path} ${show(saved)}, and ${originOf(loaded, 'family')} sets ${show(given)}, with which it is used; leave that out to use it as it was trained.`,
  );
}

/** What a folder without a family leaves open of it, and what is taken: what somebody has set is not assumed, and no setting tells the mask. */
export function assumedFamily(
  { loaded, folder, model }: ModelWithoutTokenizer,
  config: Config,
  tokenizer: Pick<Tokenizer, 'vocabSize' | 'maskId'>,
): string[] {
  if (model.family) return [];
  const isSet = originOf(loaded, 'family') !== undefined;
  const { schedule, process } = configuredFamily(config, tokenizer).family;
  const { maskId } = process;
  const assumed = [
    ...(isSet || model.type === config.family.name ? [] : [['family', config.family.name] as const]),
    ...(isSet ? [] : [['noise schedule', schedule.spec.name] as const]),
    ...(maskId === undefined ? [] : [['mask', `token ${maskId}`] as const]),
  ];
  if (!assumed.length) return [];
  const [names, values] = [assumed.map(([name]) => name), assumed.map(([, value]) => value)];
  const verb = values.length > 1 ? 'are' : 'is';
  return [
    `The config.json of ${folder} names no ${joined(names, 'or')}; ${joined(values, 'and')} ${verb} assumed, as ${config.family.name} has it.`,
  ];
}

/** Words as a list in a sentence. */
const joined = (words: readonly string[], word: 'and' | 'or'): string =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} ${word} ${words.at(-1)}` : words.join('');

/**
 * The configuration and the tokenizer for a saved model: the family that it was trained as, in the vocabulary that its network
 * has. A family that somebody has set, and is no mere default, wins over that of the folder; in what it differs is told.
 * @throws InputError for an autoregressive network, a family or schedule that nobody has registered, a folder that names no family where none is set, and if family, network
 * and tokenizer do not fit
 */
export function fitModel(use: ModelUse): ModelInUse {
  try {
    return fitted(use);
  } catch (error) {
    throw withImportAdvice(error, use.folder, use.model);
  }
}

/** Sentences that are told and recorded as one. */
export const inOneLine = (sentences: readonly string[]): string[] => (sentences.length ? [sentences.join(' ')] : []);

function fitted(use: ModelUse): ModelInUse {
  const { folder, model } = use;
  if (model.network.config.causal)
    throw new InputError(
      `The model in ${folder} is autoregressive; a diffusion model is wanted here, such as a run of "idlm train".`,
    );
  const config = chosenFamily(use);
  const { tokenizer, assumed } = fitTokenizer(use.tokenizer, {
    folder,
    vocabSize: model.network.config.vocabSize,
    process: processOf(config),
    family: config.family.name,
  });
  return {
    config,
    tokenizer,
    diffusion: resolveDiffusion(config, tokenizer),
    assumed: inOneLine([...model.assumed, ...assumedFamily(use, config, tokenizer), ...assumed]),
    warnings: otherFamily(use, config, tokenizer),
  };
}
