import type { Denoiser, NetworkConfig, NetworkDescription, Parameters, RandomStream, Spec } from '@idlm/core-diffusion';
import type { SafetensorsEntry } from '../safetensors/format';

/** Names and shapes of weights, in the order in which they are trained. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** The fields of a `config.json`. */
export type ConfigFields = Readonly<Record<string, unknown>>;

/** What a user knows of a model whose `config.json` does not say it. */
export interface ModelKnowledge {
  /** Name of the family of a model whose `config.json` may lack it. */
  readonly family?: string;
  /** Whether the network reads the noise level. */
  readonly timeConditioned?: boolean;
}

/** What a `config.json` tells of a network. */
export interface ReadConfig {
  /** `model_type` in lower case, such as `mdlm`. */
  readonly modelType: string;
  readonly network: NetworkDescription;
  /** The family with its options, where the file tells it. */
  readonly family?: Spec;
  /** What it does not say and was assumed, in sentences. */
  readonly assumed: readonly string[];
}

/** How models of other programs hold a network, which then is saved in the same way. */
export interface PublicLayout<Config extends NetworkConfig = NetworkConfig> {
  /** Values of `model_type`, for messages. */
  readonly modelTypes: readonly string[];
  /** Whether a `config.json` is one of these. */
  reads(fields: ConfigFields): boolean;
  /**
   * The network of such a `config.json`.
   * @param what the file in messages
   * @throws InputError for what the network cannot do, and for what is missing or contradicts what is known
   */
  read(fields: ConfigFields, what: string, known: ModelKnowledge): ReadConfig;
  /** The fields of `config.json`, without family and origin. @param modelType what the model is, such as its family's name */
  write(config: Config, modelType: string): ConfigFields;
  /** The names in a file of the weights, by their own; buffers are left out. */
  ownNames(names: readonly string[]): ReadonlyMap<string, string>;
  /** The name in a file of a weight. @param name the network's own */
  fileName(name: string): string;
  /** What stands in a file beside the weights, and is computed from the configuration, by its name in the file. */
  buffers(config: Config): Record<string, SafetensorsEntry>;
}

/** How a network computes, which changes no number; one that has no choice there passes it over. */
export interface NetworkOptions {
  /**
   * Keep what enters each block alone for the gradient, and compute the rest again: less memory for about a third more time (default:
   * for large networks).
   */
  readonly recompute?: boolean;
}

/**
 * A type of network, as the registry `denoisers` holds it. A configuration may come from a file: each function refuses one
 * that no such network can have with an InputError.
 */
export interface NetworkType<Config extends NetworkConfig = NetworkConfig> {
  /** What it is, in a few words. */
  readonly description: string;
  /** The network, whose `describe` gives the configuration back. */
  create(config: Config, options?: NetworkOptions): Denoiser;
  /** Its weights. */
  shapes(config: Config): Shapes;
  /** Fresh weights, which the caller owns; the same for the same stream. */
  initial(config: Config, random: RandomStream): Parameters;
  /** Its sizes in words, for the card of a model. */
  summary?(config: Config): string;
  /** The same network made causal, for the autoregressive baseline and scorer; absent where there is none. */
  causal?(config: Config): NetworkDescription;
  /** Absent: `config.json` holds type and configuration, and weights keep their names. */
  readonly layout?: PublicLayout<Config>;
}
