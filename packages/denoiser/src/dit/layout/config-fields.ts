import { InputError, type NetworkDescription, type Spec } from '@idlm/core-diffusion';
import { modelFamily } from '../../config/family-field';
import type { ConfigFields, ModelKnowledge, ReadConfig } from '../../networks/network-type';
import { requireTiming } from '../../config/timing';
import type { DitConfig } from '../config';

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
}

/** What models of this network are called where their family has no published ones. */
const OWN_TYPE = 'dit';

/** Values of `model_type` that mean this network. */
export const MODEL_TYPES: readonly string[] = ['mdlm', 'duo', 'udlm', 'sedd', 'd3pm', 'ar', 'idlm', OWN_TYPE];

/** Types whose published configurations need not say so, since their networks always read the noise level. */
const ALWAYS_TIMED = ['duo', 'udlm', 'sedd'];

/** The type that a `config.json` names, in lower case: Duo's models are of both "duo" and "DUO". */
export const modelType = ({ model_type: type }: ConfigFields): string => String(type).toLowerCase();

/** A network's sizes as `config.json` holds them. @param type what the model is, such as its family's name */
export const toModelConfig = (config: DitConfig, type: string): ModelConfig => ({
  model_type: MODEL_TYPES.includes(type) ? type : OWN_TYPE,
  hidden_dim: config.hidden,
  n_blocks: config.blocks,
  n_heads: config.heads,
  cond_dim: config.cond,
  vocab_size: config.vocabSize,
  model_length: config.length,
  time_conditioning: config.timeConditioned,
  ...(config.causal ? { causal: true } : {}),
  ...(config.rowStart === undefined ? {} : { row_start: config.rowStart }),
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
  { time_conditioning: stated, causal, family }: ConfigFields,
  type: string,
  what: string,
  known: ModelKnowledge,
): Timing {
  if (causal === true || type === 'ar') return { timeConditioned: stated === true, assumed: [] };
  const { timeConditioned: given } = known;
  if (typeof stated === 'boolean') {
    requireTiming(stated, given, what);
    return { timeConditioned: stated, assumed: [] };
  }
  if (given !== undefined) return { timeConditioned: given, assumed: [] };
  // A student is as its teacher was, which its own type does not tell.
  const own = type === 'idlm' ? ((family as Spec | undefined)?.name ?? known.family) : type;
  if (own === undefined)
    throw new InputError(
      `${what} is of type idlm and names neither family nor time_conditioning, and with others the same weights write other text; name the family: --family of inspect and convert, else --preset or --set family.name=….`,
    );
  const timed = ALWAYS_TIMED.includes(own);
  return { timeConditioned: timed, assumed: timed && own === type ? [] : [assumedTiming(what, own, timed)] };
}

/** Fields that a file may lack, and their types: of another type they would be passed over, and the network be another one. */
const OPTIONAL = { time_conditioning: 'boolean', causal: 'boolean', row_start: 'number' } as const;

/** @throws InputError naming a field that may be missing, and is there with a value of another type */
function checkOptional(found: ConfigFields, what: string): void {
  for (const [name, type] of Object.entries(OPTIONAL) as [keyof typeof OPTIONAL, string][]) {
    const value = found[name] ?? undefined;
    if (value === undefined || typeof value === type) continue;
    const wanted = type === 'number' ? 'a number' : 'true or false';
    throw new InputError(
      `${what} has ${JSON.stringify(value)} as ${name}, which is ${wanted}; mend it, or leave it out.`,
    );
  }
}

/**
 * The network of a `config.json`.
 * @param what the file in messages
 * @param known what it may not say
 * @throws InputError for a missing size, a value of another type, or knowledge that is missing or contradicts the file
 */
export function fromModelConfig(fields: ConfigFields, what: string, known: ModelKnowledge): ReadConfig {
  const type = modelType(fields);
  const size = (name: keyof ModelConfig, other?: unknown): number => {
    const number = fields[name] ?? other;
    if (typeof number !== 'number')
      throw new InputError(`${what} lacks the number ${name}; it is no model configuration of this kind.`);
    return number;
  };
  checkOptional(fields, what);
  const { row_start: rowStart, causal } = fields;
  const { timeConditioned, assumed } = timingOf(fields, type, what, known);
  const family = modelFamily(fields, what);
  const network: NetworkDescription<DitConfig> = {
    type: causal === true ? 'causal-dit' : 'dit',
    config: {
      hidden: size('hidden_dim'),
      blocks: size('n_blocks'),
      heads: size('n_heads'),
      cond: size('cond_dim'),
      vocabSize: size('vocab_size'),
      length: size('model_length', fields['length']),
      timeConditioned,
      ...(causal === true ? { causal: true } : {}),
      ...(typeof rowStart === 'number' ? { rowStart } : {}),
    },
  };
  return { modelType: type, network, ...(family ? { family } : {}), assumed };
}
