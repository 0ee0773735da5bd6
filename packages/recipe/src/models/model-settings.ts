import { InputError, type Json, type NetworkDescription, type Spec } from '@idlm/core-diffusion';
import { type Tokenizer, hashOf, tokenizerFiles } from '@idlm/data';
import { type DitConfig, PRESETS, isDit, textLength } from '@idlm/denoiser';
import { folderOfModel } from '@idlm/denoiser/node';
import { differences, show } from '@idlm/trainer';
import { type LoadedConfig, isOfPreset, originOf } from '../config/load';
import type { Config } from '../config/schema';
import type { GivenModel } from './model-origin';
import { isTokenizerFolder, openTokenizerFolder, tokenizerChoice } from '../text/tokenizer';

/** A setting that a saved model has made long ago. */
interface Settled {
  readonly path: string;
  /** The model's value, and what the configuration says. */
  readonly own: Json;
  readonly given: Json;
}

const SIZES = ['hidden', 'blocks', 'heads', 'cond'] as const;

/** A network of one's own as the configuration names it. */
function ownNetwork({ type, config }: NetworkDescription): Required<Spec> {
  const { vocabSize: _, length: __, timeConditioned: ___, causal: ____, rowStart: _____, ...options } = config;
  return { name: type, options: options };
}

const DIT: Required<Spec> = { name: 'dit', options: {} };

/** The type of a network, and the sizes that are its own. */
function settledNetwork(given: Required<Spec>, own: Required<Spec>): Settled {
  const [ours, theirs] = [{ ...own }, { name: given.name, options: given.options }];
  return { path: 'model.network', own: ours, given: differences(ours, theirs).length ? theirs : ours };
}

/** Sizes of the network; null leaves one to the preset, and where nobody has set that, to the model. */
function settledSizes({ model }: Config, network: NetworkDescription): Settled[] {
  if (!isDit(network)) return [settledNetwork(model.network, ownNetwork(network))];
  const own = network.config;
  const named = SIZES.map((size) => ({ path: `model.${size}`, own: own[size], given: model[size] ?? own[size] }));
  const preset = PRESETS[model.preset];
  const differing = SIZES.find((size) => model[size] === null && preset[size] !== own[size]);
  const described = (sizes: Pick<DitConfig, (typeof SIZES)[number]>) => `${differing} ${sizes[differing!]}`;
  return [
    settledNetwork(model.network, DIT),
    ...named,
    ...(differing
      ? [{ path: 'model.preset', own: described(own), given: `${model.preset}: ${described(preset)}` }]
      : []),
  ];
}

const hashOfTokenizer = (tokenizer: Tokenizer): string => hashOf(tokenizerFiles(tokenizer)['tokenizer.json']);

/** The tokenizer by name; a folder is as good as another with the same `tokenizer.json`. */
async function settledTokenizer({ data }: Config, { tokenizer, folder }: GivenModel): Promise<Settled> {
  const own = tokenizerChoice(tokenizer, folderOfModel(folder));
  const given = data.tokenizer;
  const isSame = isTokenizerFolder(given)
    ? hashOfTokenizer(await openTokenizerFolder(given)) === hashOfTokenizer(tokenizer)
    : !differences(own, given).length;
  return { path: 'data.tokenizer', own, given: isSame ? own : given };
}

/** How a model reads text. */
async function settledReading(loaded: LoadedConfig, given: GivenModel): Promise<Settled[]> {
  const { config } = loaded;
  const { normalise } = given.tokenizer;
  return [
    { path: 'data.normalise', own: normalise, given: config.data.normalise ?? normalise },
    ...(originOf(loaded, 'data.tokenizer') === undefined ? [] : [await settledTokenizer(config, given)]),
  ];
}

/** @throws InputError naming each setting that somebody has made otherwise, with both values, and what sets it */
function refuseOthers(loaded: LoadedConfig, { path: model }: GivenModel, settled: readonly Settled[]): void {
  const lines = settled
    .filter(({ path, own, given }) => originOf(loaded, path) !== undefined && own !== given)
    .map(
      ({ path, own, given }) =>
        `${originOf(loaded, path)} sets ${path} to ${show(given)}, and the model in ${model} has ${show(own)}, which stays; leave it out.`,
    );
  if (lines.length) throw new InputError(lines.join('\n'));
}

/**
 * Refuses settings of how text is read that a saved model has made long ago, and that would change nothing.
 * @param loaded the configuration as somebody has set it
 * @throws InputError naming each with both values, and what sets it
 */
export async function requireModelReading(loaded: LoadedConfig, given: GivenModel): Promise<void> {
  refuseOthers(loaded, given, await settledReading(loaded, given));
}

/**
 * Refuses all settings that a saved model has made long ago, and that would change nothing. A preset's sizes and length are those of
 * a model that it would train: they give way without a word to those of a model that is there.
 * @param loaded the configuration as somebody has set it
 * @throws InputError naming each with both values, and what sets it
 */
export async function requireModelSettings(loaded: LoadedConfig, given: GivenModel): Promise<void> {
  const { network } = given.model;
  const sizes = [
    ...settledSizes(loaded.config, network),
    { path: 'data.length', own: textLength(network.config), given: loaded.config.data.length },
  ];
  const chosen = sizes.filter(({ path }) => !isOfPreset(loaded, path));
  refuseOthers(loaded, given, [...chosen, ...(await settledReading(loaded, given))]);
}

/** The configuration with the sizes of the network that runs. */
export function withNetwork(config: Config, network: NetworkDescription): Config {
  const sizes = isDit(network)
    ? Object.fromEntries(SIZES.map((size) => [size, network.config[size]]))
    : { network: ownNetwork(network) };
  return { ...config, model: { ...config.model, ...sizes, timeConditioning: network.config.timeConditioned } };
}
