import {
  type Denoiser,
  InputError,
  type NetworkConfig,
  type NetworkDescription,
  type Parameters,
  type RandomStream,
  createChoices,
} from '@idlm/core-diffusion';
import { causalDitType, ditType } from '../dit/network-type';
import { sizeOfAll } from '../dit/parameters';
import { gpt2Type } from '../gpt2/network-type';
import type { NetworkOptions, NetworkType, Shapes } from './network-type';

const types = createChoices<NetworkType>('network');

/** The types of networks; a user's own package adds to them with `register`. */
export const denoisers = {
  /**
   * Adds a type.
   * @throws InputError if the name is taken, also as a `model_type` of published models
   */
  register<Config extends NetworkConfig>(name: string, type: NetworkType<Config>): void {
    const other = types.entries().find(([, { layout }]) => layout?.reads({ model_type: name }));
    if (other)
      throw new InputError(`"${name}" is the model_type of published models (${other[0]}); choose another name.`);
    types.register(name, type);
  },
  /** The type of a name; undefined where there is none. */
  find: types.find,
  /** The type of a name. @throws InputError naming the nearest one if there is none */
  get: types.get,
  /** The network of a description. @throws InputError for an unknown type or a configuration that it cannot have */
  create: ({ type, config }: NetworkDescription, options?: NetworkOptions): Denoiser =>
    types.get(type).create(config, options),
  /** All types, in the order of registration. */
  entries: types.entries,
} as const;

denoisers.register('dit', ditType);
denoisers.register('causal-dit', causalDitType);
denoisers.register('gpt2', gpt2Type);

/** Names and shapes of a network's weights. @throws InputError as `denoisers.create` */
export const shapesOf = ({ type, config }: NetworkDescription): Shapes => denoisers.get(type).shapes(config);

/** Trained numbers of a network. @throws InputError as `denoisers.create` */
export const parameterCount = (network: NetworkDescription): number => sizeOfAll(shapesOf(network));

/** Fresh weights of a network, which the caller owns. @throws InputError as `denoisers.create` */
export const freshParameters = ({ type, config }: NetworkDescription, random: RandomStream): Parameters =>
  denoisers.get(type).initial(config, random);

/** Tokens of the longest text that a network reads and writes: a row's start is none of them. */
export const textLength = ({ length, rowStart }: Pick<NetworkConfig, 'length' | 'rowStart'>): number =>
  rowStart === undefined ? length : length - 1;
