import { InputError, type Json, type Spec } from '@idlm/core-diffusion';
import type { ConfigFields } from '../../networks/network-type';
import { modelType } from './config-fields';

const isObject = (value: unknown): value is ConfigFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (what: string, found: string, wanted: string): never => {
  throw new InputError(`${what} has ${found}, which this program's network does not do; only ${wanted} can be read.`);
};

/** A `config.json` in the fields of this project's own. */
export interface PublishedConfig {
  readonly value: ConfigFields;
  /** What the file does not say and was assumed, in sentences. */
  readonly assumed: readonly string[];
}

/** SEDD's noise as a schedule. Source: SEDD repository, `noise_lib.py`. */
function seddSchedule(noise: unknown, what: string): Spec {
  const { type, sigma_min: sigmaMin, sigma_max: sigmaMax } = isObject(noise) ? noise : {};
  if (noise === undefined || type === 'loglinear') return { name: 'log-linear', options: { eps: 1e-3 } };
  if (type !== 'geometric') return refuse(what, `the noise ${String(type)}`, 'loglinear and geometric noise');
  const range = Object.entries({ sigmaMin, sigmaMax }).filter(([, value]) => value !== undefined);
  return { name: 'geometric', options: Object.fromEntries(range) as Record<string, Json> };
}

/** The options of the family that SEDD's graph and noise mean. */
function seddOptions({ graph, noise, model }: ConfigFields, what: string): Record<string, Json> {
  const type = isObject(graph) ? graph['type'] : undefined;
  if (type !== 'absorb' && type !== 'uniform')
    return refuse(what, `the graph ${String(type)}`, 'an absorb or a uniform one');
  const { scale_by_sigma: scaleBySigma = type === 'absorb' } = model as ConfigFields;
  const schedule = seddSchedule(noise, what) as unknown as Json;
  if (type === 'absorb') return { process: 'absorbing', schedule, scaleBySigma: scaleBySigma === true };
  if (scaleBySigma === true) refuse(what, 'a uniform graph with scale_by_sigma', 'an absorbing one with it');
  return { process: 'uniform', schedule };
}

/**
 * SEDD's nested configuration, flat.
 * Source: SEDD repository, `configs/config.yaml` and `model/transformer.py`.
 */
function fromSedd(value: ConfigFields, what: string): PublishedConfig {
  const { tokens, model, noise } = value as { tokens: unknown; model: ConfigFields; noise: unknown };
  if (model['type'] !== undefined && model['type'] !== 'ddit')
    refuse(what, `a model of type ${String(model['type'])}`, 'a ddit');
  const options = seddOptions(value, what);
  const isMasked = options['process'] === 'absorbing';
  const flat = {
    model_type: 'sedd',
    hidden_dim: model['hidden_size'],
    n_blocks: model['n_blocks'],
    n_heads: model['n_heads'],
    cond_dim: model['cond_dim'],
    // The graph's mask is one more than the tokens.
    vocab_size: typeof tokens === 'number' && isMasked ? tokens + 1 : tokens,
    model_length: model['length'],
    time_conditioning: true,
    family: { name: 'sedd', options },
  };
  const assumed = [
    ...(noise === undefined ? [`${what} names no noise; log-linear noise is assumed.`] : []),
    ...(isMasked && model['scale_by_sigma'] === undefined
      ? [`${what} does not say scale_by_sigma; true is assumed, as for the published absorbing models.`]
      : []),
  ];
  return { value: flat, assumed };
}

/**
 * Block diffusion with one block of a whole sequence, which is MDLM.
 * Source: BD3LM repository, `configuration_bd3lm.py`; its `block_size1024-pretrain` was trained so.
 */
function fromBlockDiffusion(value: ConfigFields, what: string): PublishedConfig {
  const { block_size: block, model_length: length, adaln } = value;
  if (block !== undefined && block !== length)
    refuse(what, `blocks of ${String(block)} tokens (block_size)`, `one block of all ${String(length)} (model_length)`);
  if (adaln === false) refuse(what, 'no adaLN (adaln false)', 'a network with it');
  return {
    value: { ...value, model_type: 'mdlm' },
    assumed: block === undefined ? [`${what} names no block_size; one block of a whole sequence is assumed.`] : [],
  };
}

/** SEDD: the whole configuration of a training run, of which `model` is the network and `graph` the process. */
const isNested = ({ model_type: type, graph, model }: ConfigFields): boolean =>
  type === undefined && isObject(graph) && isObject(model);

/** BD3-LM: MDLM’s network, trained on blocks of a sequence of which each sees those before it. */
const isBlockDiffusion = (fields: ConfigFields): boolean => modelType(fields) === 'bd3lm';

/** Whether a `config.json` is one that `publishedConfig` makes flat. */
export const isOtherConfig = (fields: ConfigFields): boolean => isNested(fields) || isBlockDiffusion(fields);

/**
 * The `config.json` of a published model: SEDD's nested one made flat, and BD3LM's read as that of the MDLM that it is where it
 * has one block. Others are as they were.
 * @param what the file in messages
 * @throws InputError naming what this network cannot do
 */
export function publishedConfig(value: ConfigFields, what: string): PublishedConfig {
  if (isNested(value)) return fromSedd(value, what);
  return isBlockDiffusion(value) ? fromBlockDiffusion(value, what) : { value, assumed: [] };
}
