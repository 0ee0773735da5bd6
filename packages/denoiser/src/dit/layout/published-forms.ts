import { InputError, type Spec, schedules, specOf } from '@idlm/core-diffusion';
import type { SavedModel } from '../../config/saved-model';
import type { ConfigFields } from '../../networks/network-type';
import type { WeightDtype } from '../../safetensors/narrow';
import type { DitConfig } from '../config';

/** A layout in which the references publish their models and load them. */
export interface PublishedForm {
  /**
   * `config.json`.
   * @param dtype the type of the weights beside it
   * @throws InputError for a model that the reference has no such network or noise for
   */
  fields(model: SavedModel, dtype: WeightDtype): ConfigFields;
  /** The name in the file of a weight, or of a buffer. @param name in the reference's own module */
  fileName(name: string): string;
}

const refuse = (form: string, what: string): never => {
  throw new InputError(`The layout of ${form} has no place for ${what}; take --layout ours.`);
};

/** The sizes of a model of a family, which the form is for. */
function sizesFor(form: string, { network: { type, config }, family, type: modelType }: SavedModel): DitConfig {
  if (type !== 'dit') return refuse(form, `a network of type ${type}`);
  const name = family?.name ?? modelType;
  if (name !== form) return refuse(form, name === undefined ? 'a model without a family' : `a model of ${name}`);
  if (config.rowStart !== undefined) return refuse(form, 'a token that stands before every row (row_start)');
  return config as DitConfig;
}

/** Types of weights by the names that torch gives them. */
const TORCH_DTYPES: Readonly<Record<WeightDtype, string>> = { F32: 'float32', BF16: 'bfloat16', F16: 'float16' };

/** The fields that MDLM and Duo share. Dropout is that of their training, of which weights know nothing. */
const flatFields = (config: DitConfig, dtype: WeightDtype): ConfigFields => ({
  cond_dim: config.cond,
  dropout: 0.1,
  hidden_dim: config.hidden,
  model_length: config.length,
  n_blocks: config.blocks,
  n_heads: config.heads,
  return_dict: false,
  torch_dtype: TORCH_DTYPES[dtype],
  vocab_size: config.vocabSize,
});

/** The noise schedule of a family, with its options spelt out. */
const scheduleOf = ({ family }: SavedModel): Required<Spec> =>
  specOf(schedules.create((family?.options?.['schedule'] as Spec | undefined) ?? 'log-linear'));

/** @throws InputError for a schedule that is not the one which the reference takes where its file names none */
function requireLogLinear(form: string, { name, options }: Required<Spec>): void {
  if (name !== 'log-linear' || options['eps'] !== 1e-3)
    refuse(form, `the noise schedule ${name} ${JSON.stringify(options)}`);
}

/** SEDD's noise. @throws InputError for a schedule that its `noise_lib.py` has not */
function seddNoise(schedule: Required<Spec>): ConfigFields {
  const { sigmaMin = 1e-4, sigmaMax = 20 } = schedule.options;
  if (schedule.name === 'geometric') return { type: 'geometric', sigma_min: sigmaMin, sigma_max: sigmaMax };
  requireLogLinear('sedd', schedule);
  return { type: 'loglinear', sigma_min: sigmaMin, sigma_max: sigmaMax };
}

/** The reference's classes hold the network as their member `backbone`. */
const behindBackbone = (name: string): string => `backbone.${name}`;

/**
 * The layouts of the references by name.
 * Source: `configuration_mdlm.py` and `configuration_duo.py` of the published models; SEDD repository, `configs/config.yaml`.
 */
export const PUBLISHED_FORMS: Readonly<Record<'mdlm' | 'duo' | 'sedd', PublishedForm>> = {
  mdlm: {
    fields(model, dtype) {
      const config = sizesFor('mdlm', model);
      requireLogLinear('mdlm', scheduleOf(model));
      const { timeConditioned } = config;
      return {
        architectures: ['MDLM'],
        model_type: 'mdlm',
        time_conditioning: timeConditioned,
        ...flatFields(config, dtype),
      };
    },
    fileName: behindBackbone,
  },
  duo: {
    fields(model, dtype) {
      const config = sizesFor('duo', model);
      requireLogLinear('duo', scheduleOf(model));
      if (!config.timeConditioned) refuse('duo', 'a network that does not read the noise level');
      return { architectures: ['DUO'], model_type: 'DUO', causal: false, var_min: true, ...flatFields(config, dtype) };
    },
    fileName: behindBackbone,
  },
  sedd: {
    fields(model) {
      const config = sizesFor('sedd', model);
      if (!config.timeConditioned) refuse('sedd', 'a network that does not read the noise level');
      const { process = 'absorbing', scaleBySigma = true } = model.family?.options ?? {};
      const isMasked = process === 'absorbing';
      return {
        tokens: isMasked ? config.vocabSize - 1 : config.vocabSize,
        graph: { type: isMasked ? 'absorb' : 'uniform', file: 'data', report_all: false },
        noise: seddNoise(scheduleOf(model)),
        model: {
          name: 'converted',
          type: 'ddit',
          hidden_size: config.hidden,
          cond_dim: config.cond,
          length: config.length,
          n_blocks: config.blocks,
          n_heads: config.heads,
          scale_by_sigma: isMasked && scaleBySigma === true,
          dropout: 0.1,
        },
      };
    },
    fileName: (name) => name,
  },
};

/** A layout that a model folder is written in: this project's own, or that of a reference. */
export type ModelLayout = 'ours' | keyof typeof PUBLISHED_FORMS;
