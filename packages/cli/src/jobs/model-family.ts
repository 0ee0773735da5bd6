import { type Family, InputError, type Spec, families } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import type { ModelDescription } from '@idlm/denoiser/node';
import { type Config, type LoadedConfig, configuredFamily, originOf } from '../config';
import { checkVocabulary } from './network';

/** A saved model, and the configuration that it is to be used with. */
export interface ModelUse {
  readonly loaded: LoadedConfig;
  /** Where the model lies, for messages. */
  readonly folder: string;
  readonly model: ModelDescription;
  readonly tokenizer: Pick<Tokenizer, 'vocabSize' | 'maskId'>;
}

const withFamily = (config: Config, { name, options = {} }: Spec): Config => ({ ...config, family: { name, options } });

/** The noise of a family in words. */
const noiseOf = ({ process: { kind } }: Family): string => `${kind} noise`;

/** The family that a model's folder means; undefined where it only has the configured one's name, or an unknown one. */
function ownFamily({ loaded: { config }, model: { type, family } }: ModelUse): Spec | undefined {
  if (family) return family;
  // Older folders and published models have a name alone.
  const isOther = type !== config.family.name && families.entries().some(([name]) => name === type);
  return isOther ? { name: type } : undefined;
}

/** @throws InputError if the family that somebody has set is of another process than the model's own */
function checkProcess({ loaded, folder, tokenizer }: ModelUse, own: Spec, origin: string): void {
  const configured = configuredFamily(loaded.config, tokenizer).family;
  const trained = configuredFamily(withFamily(loaded.config, own), tokenizer).family;
  if (configured.process.kind === trained.process.kind) return;
  throw new InputError(
    `The model in ${folder} was trained as ${own.name} with ${noiseOf(trained)}, and ${origin} sets the family ${loaded.config.family.name} with ${noiseOf(configured)}; leave the family out, or set that of the model.`,
  );
}

/** @throws InputError if the network's vocabulary is that of the tokenizer, but not that of the family */
function checkMask({ folder, model, tokenizer }: ModelUse, config: Config): void {
  const { family, vocabSize } = configuredFamily(config, tokenizer);
  if (model.config.vocabSize === vocabSize) return;
  const [found, wanted] =
    family.process.kind === 'absorbing' ? ['no', 'needs one'] : ['a', `has none (${vocabSize} tokens)`];
  throw new InputError(
    `The model in ${folder} has ${model.config.vocabSize} tokens and ${found} mask, and ${config.family.name} with ${noiseOf(family)} ${wanted}; set the family that it was trained with (--preset, or family in the configuration).`,
  );
}

/**
 * The configuration for a saved model, with the family that it was trained as. A family that somebody has set, and is no mere
 * default, wins over that of the model's folder, but not over the bare name in an older one.
 * @throws InputError for an autoregressive network, and if family, network and tokenizer do not fit
 */
export function withModelFamily(use: ModelUse): Config {
  const { loaded, folder, model, tokenizer } = use;
  if (model.config.causal)
    throw new InputError(
      `The model in ${folder} is autoregressive; a diffusion model is wanted here, such as a run of "idlm train".`,
    );
  checkVocabulary(folder, model.config, tokenizer);
  const own = ownFamily(use);
  const origin = model.family && originOf(loaded, 'family');
  if (own && origin) checkProcess(use, own, origin);
  const config = own && !origin ? withFamily(loaded.config, own) : loaded.config;
  checkMask(use, config);
  return config;
}
