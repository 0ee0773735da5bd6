import { InputError, type Spec } from '@idlm/core-diffusion';
import type { DitConfig } from '../dit/config';

/** `config.json` of a model folder, in the field names of the published MDLM and Duo models. */
export interface ModelConfig {
  readonly model_type: string;
  readonly hidden_dim: number;
  readonly n_blocks: number;
  readonly n_heads: number;
  readonly cond_dim: number;
  readonly vocab_size: number;
  readonly model_length: number;
  readonly time_conditioning: boolean;
  readonly causal?: boolean;
  /** The family with its options, which `model_type` alone does not tell; published models do without. */
  readonly family?: Spec;
}

/** Model types whose network is this DiT. */
const KNOWN_TYPES = ['mdlm', 'duo', 'udlm', 'sedd', 'd3pm', 'ar', 'idlm'];

/** Types whose published configurations need not say so, since their networks always read the noise level. */
const ALWAYS_TIMED = ['duo', 'udlm', 'sedd'];

/** The type that a `config.json` names, in lower case: Duo's models are of both "duo" and "DUO". */
export const modelType = (value: unknown): string =>
  String(((value ?? {}) as { model_type?: unknown }).model_type).toLowerCase();

/**
 * The family that a `config.json` names with its options; undefined where it has none.
 * @param what the file in messages
 * @throws InputError if what stands there is no name with options
 */
export function modelFamily(value: unknown, what: string): Spec | undefined {
  const { family } = (value ?? {}) as { family?: unknown };
  if (family === undefined || family === null) return undefined;
  const { name, options = {} } = family as { name?: unknown; options?: unknown };
  if (typeof name === 'string' && typeof options === 'object' && options !== null && !Array.isArray(options))
    return { name, options: options as NonNullable<Spec['options']> };
  throw new InputError(`${what} has a family that is no { name, options }; leave it out, or set it to the model's.`);
}

/** A network's sizes as `config.json` holds them, and its family where it is known. */
export const toModelConfig = (type: string, config: DitConfig, family?: Spec): ModelConfig => ({
  model_type: type,
  hidden_dim: config.hidden,
  n_blocks: config.blocks,
  n_heads: config.heads,
  cond_dim: config.cond,
  vocab_size: config.vocabSize,
  model_length: config.length,
  time_conditioning: config.timeConditioned,
  ...(config.causal ? { causal: true } : {}),
  ...(family ? { family } : {}),
});

/**
 * The sizes that a `config.json` holds.
 * @param what the file in messages
 * @throws InputError for another architecture or a missing size
 */
export function fromModelConfig(value: unknown, what: string): DitConfig {
  const found = (value ?? {}) as Partial<Record<keyof ModelConfig, unknown>> & { length?: unknown };
  const type = modelType(found);
  if (!KNOWN_TYPES.includes(type)) {
    throw new InputError(
      `${what} is of model type "${String(found.model_type)}"; this reads ${KNOWN_TYPES.join(', ')}.`,
    );
  }
  const size = (name: keyof ModelConfig, other?: unknown): number => {
    const number = found[name] ?? other;
    if (typeof number !== 'number')
      throw new InputError(`${what} lacks the number ${name}; it is no model configuration of this kind.`);
    return number;
  };
  return {
    hidden: size('hidden_dim'),
    blocks: size('n_blocks'),
    heads: size('n_heads'),
    cond: size('cond_dim'),
    vocabSize: size('vocab_size'),
    length: size('model_length', found.length),
    timeConditioned: (found.time_conditioning ?? ALWAYS_TIMED.includes(type)) === true,
    ...(found.causal === true ? { causal: true } : {}),
  };
}
