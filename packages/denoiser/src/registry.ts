import {
  type Denoiser,
  InputError,
  type NetworkConfig,
  type NetworkDescription,
  type Parameters,
  type RandomStream,
  createChoices,
  requireMembers,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { causalDitType, ditType } from './dit/network-type';
import { sizeOfAll } from './dit/parameters';
import { gpt2Type } from './gpt2/network-type';
import type { NetworkOptions, NetworkType, Shapes } from './networks/network-type';

const types = createChoices<NetworkType>(
  'network',
  {},
  { description: 'string', create: 'function', shapes: 'function', initial: 'function' },
);

/**
 * The types of networks; a user's own package adds to them with `register`.
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, denoisers, freshParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 *
 * await openEngine({ prefer: 'wasm' });
 * console.log(denoisers.entries().map(([name]) => name)); // → [ 'dit', 'causal-dit', 'gpt2' ]
 * const description = { type: 'dit', config: { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false } };
 * const network = denoisers.create(description);
 * const parameters = freshParameters(description, randomStream(1));
 * console.log(network.vocabSize, parameters['vocab_embed.embedding']!.shape); // → 28 [ 28, 96 ]
 * ```
 */
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
  /**
   * The network of a description.
   * @throws InputError for an unknown type, a configuration that it cannot have, and a type that makes no such network
   */
  create({ type, config }: NetworkDescription, options?: NetworkOptions): Denoiser {
    const network = types.get(type).create(config, options);
    const named = `The network "${type}"`;
    requireMembers(named, network, { describe: 'function', apply: 'function', timeConditioned: 'boolean' });
    const described = network.describe().type;
    if (described !== type)
      throw new InputError(
        `${named} describes itself as "${described}", by which files would name it; its type is "${type}".`,
      );
    if (network.vocabSize !== config.vocabSize)
      throw new InputError(
        `${named} has the vocabSize ${network.vocabSize}; its configuration says ${config.vocabSize}.`,
      );
    return network;
  },
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

/**
 * Fresh weights of a network on the open engine, float32, which the caller owns; the same stream draws the same ones.
 * @throws InputError as `denoisers.create`, and for weights that are not those of the type's `shapes`, which could not be saved
 */
export function freshParameters({ type, config }: NetworkDescription, random: RandomStream): Parameters {
  const [{ initial, shapes: shapesFor }, named] = [denoisers.get(type), `Fresh weights of the network "${type}"`];
  const [fresh, shapes] = [initial(config, random), shapesFor(config)];
  if (typeof fresh !== 'object' || fresh === null)
    throw new InputError(`${named} must be tensors by name; initial gave ${String(fresh)}.`);
  for (const name of new Set([...Object.keys(shapes), ...Object.keys(fresh)])) {
    const [has, wanted] = [fresh[name]?.shape, shapes[name]].map((shape) => (shape ? `[${shape.join(', ')}]` : 'none'));
    if (has === wanted) continue;
    tf.dispose(fresh);
    throw new InputError(`${named} have ${name} of shape ${has}; its shapes say ${wanted}.`);
  }
  return fresh;
}

/** Tokens of the longest text that a network reads and writes: a row's start is none of them. */
export const textLength = ({ length, rowStart }: Pick<NetworkConfig, 'length' | 'rowStart'>): number =>
  rowStart === undefined ? length : length - 1;
