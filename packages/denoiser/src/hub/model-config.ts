import { InputError, type Spec } from '@idlm/core-diffusion';
import type { DitConfig } from '../dit/config';
import type { Origin } from './origin';

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
  /** Id of the token that stands before every row, where one does. */
  readonly row_start?: number;
  /** The family with its options, which `model_type` alone does not tell; published models do without. */
  readonly family?: Spec;
  /** What the model is and how it was made; published models of others do without. */
  readonly idlm?: Origin;
}

/** Model types whose network is this DiT. */
const KNOWN_TYPES = ['mdlm', 'duo', 'udlm', 'sedd', 'd3pm', 'ar', 'idlm'];

/** Types whose published configurations need not say so, since their networks always read the noise level. */
const ALWAYS_TIMED = ['duo', 'udlm', 'sedd'];

/** What a user knows of a model whose `config.json` does not say it. */
export interface ModelKnowledge {
  /** Name of the family of a model of type `idlm`, whose `config.json` may lack it. */
  readonly family?: string;
  /** Whether the network reads the noise level. */
  readonly timeConditioned?: boolean;
}

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

/** A network's sizes as `config.json` holds them, and its family and origin where they are known. */
export const toModelConfig = (
  type: string,
  config: DitConfig,
  family?: Spec,
  { role, made }: Origin = {},
): ModelConfig => ({
  model_type: type,
  hidden_dim: config.hidden,
  n_blocks: config.blocks,
  n_heads: config.heads,
  cond_dim: config.cond,
  vocab_size: config.vocabSize,
  model_length: config.length,
  time_conditioning: config.timeConditioned,
  ...(config.causal ? { causal: true } : {}),
  ...(config.rowStart === undefined ? {} : { row_start: config.rowStart }),
  ...(family ? { family } : {}),
  ...(role || made ? { idlm: { ...(role ? { role } : {}), ...(made ? { made } : {}) } } : {}),
});

/** A sentence that says what the network's `time_conditioning` was taken to be where a file does not say it. */
const assumedTiming = (what: string, type: string, timed: boolean): string =>
  `${what} does not say time_conditioning; ${timed} is assumed, as for ${type} models.`;

/** Whether a network reads the noise level, and what was assumed of that. */
interface Timing {
  readonly timeConditioned: boolean;
  readonly assumed: readonly string[];
}

/** @throws InputError for a student whose file tells neither family nor timing, and for knowledge that contradicts a file */
function timingOf(
  { time_conditioning: stated, causal, family }: Partial<Record<keyof ModelConfig, unknown>>,
  type: string,
  what: string,
  known: ModelKnowledge,
): Timing {
  if (causal === true || type === 'ar') return { timeConditioned: stated === true, assumed: [] };
  const { timeConditioned: given } = known;
  if (typeof stated === 'boolean') {
    if (given === undefined || given === stated) return { timeConditioned: stated, assumed: [] };
    throw new InputError(
      `${what} has time_conditioning ${stated}, and ${given} was given (model.timeConditioning in a configuration); the weights are of a network that does as the file says: leave it out.`,
    );
  }
  if (given !== undefined) return { timeConditioned: given, assumed: [] };
  // A student is as its teacher was, which its own type does not tell.
  const own = type === 'idlm' ? ((family as Spec | undefined)?.name ?? known.family) : type;
  if (own === undefined)
    throw new InputError(
      `${what} is of type idlm and names neither family nor time_conditioning, and with others the same weights write other text; set the family (--preset or family.name) and model.timeConditioning.`,
    );
  const timed = ALWAYS_TIMED.includes(own);
  return { timeConditioned: timed, assumed: timed && own === type ? [] : [assumedTiming(what, own, timed)] };
}

/** Fields that a file may lack, and their types: of another type they would be passed over, and the network be another one. */
const OPTIONAL = { time_conditioning: 'boolean', causal: 'boolean', row_start: 'number' } as const;

/** @throws InputError naming a field that may be missing, and is there with a value of another type */
function checkOptional(found: Partial<Record<keyof ModelConfig, unknown>>, what: string): void {
  for (const [name, type] of Object.entries(OPTIONAL) as [keyof typeof OPTIONAL, string][]) {
    const value = found[name] ?? undefined;
    if (value === undefined || typeof value === type) continue;
    const wanted = type === 'number' ? 'a number' : 'true or false';
    throw new InputError(
      `${what} has ${JSON.stringify(value)} as ${name}, which is ${wanted}; mend it, or leave it out.`,
    );
  }
}

/** What a `config.json` tells of a network. */
export interface ReadConfig {
  readonly config: DitConfig;
  /** What it does not say and was assumed, in sentences. */
  readonly assumed: readonly string[];
}

/**
 * The sizes that a `config.json` holds.
 * @param what the file in messages
 * @param known what it may not say
 * @throws InputError for another architecture, a missing size, a value of another type, or knowledge that is missing or
 * contradicts the file
 */
export function fromModelConfig(value: unknown, what: string, known: ModelKnowledge = {}): ReadConfig {
  const found = (value ?? {}) as Partial<Record<keyof ModelConfig, unknown>> & { length?: unknown };
  const type = modelType(found);
  if (!KNOWN_TYPES.includes(type)) {
    throw new InputError(
      `${what} ${found.model_type === undefined ? 'names no model_type' : `is of model type "${String(found.model_type)}"`}; this reads ${KNOWN_TYPES.join(', ')}, bd3lm of one block and SEDD's nested configuration.`,
    );
  }
  const size = (name: keyof ModelConfig, other?: unknown): number => {
    const number = found[name] ?? other;
    if (typeof number !== 'number')
      throw new InputError(`${what} lacks the number ${name}; it is no model configuration of this kind.`);
    return number;
  };
  checkOptional(found, what);
  const { row_start: rowStart } = found;
  const { timeConditioned, assumed } = timingOf(found, type, what, known);
  const config = {
    hidden: size('hidden_dim'),
    blocks: size('n_blocks'),
    heads: size('n_heads'),
    cond: size('cond_dim'),
    vocabSize: size('vocab_size'),
    length: size('model_length', found.length),
    timeConditioned,
    ...(found.causal === true ? { causal: true } : {}),
    ...(typeof rowStart === 'number' ? { rowStart } : {}),
  };
  return { config, assumed };
}
