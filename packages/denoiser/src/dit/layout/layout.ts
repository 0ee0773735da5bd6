import type { PublicLayout } from '../../networks/network-type';
import { fromFloat32 } from '../../safetensors/numbers';
import { inverseFrequencies } from '../../layers/rotary';
import type { DitConfig } from '../config';
import { MODEL_TYPES, fromModelConfig, modelType, toModelConfig } from './config-fields';
import { isOtherConfig, publishedConfig } from './other-configs';
import { trainedNames } from './tensor-names';

/**
 * The DiT as the published models hold it: their fields of `config.json`, and tensors behind `backbone.` with the buffer of the
 * rotary embedding.
 * Source: the MDLM, Duo, SEDD and BD3LM repositories, and their models on the Hugging Face Hub.
 */
export const ditLayout: PublicLayout<DitConfig> = {
  modelTypes: [...MODEL_TYPES, 'bd3lm of one block', "SEDD's nested configuration"],
  reads: (fields) => isOtherConfig(fields) || MODEL_TYPES.includes(modelType(fields)),
  read(fields, what, known) {
    const { value, assumed } = publishedConfig(fields, what);
    const read = fromModelConfig(value, what, known);
    return { ...read, assumed: [...assumed, ...read.assumed] };
  },
  write: (config, type) => ({ ...toModelConfig(config, type) }),
  ownNames: trainedNames,
  fileName: (name) => `backbone.${name}`,
  buffers({ hidden, heads }) {
    const frequencies = inverseFrequencies(hidden / heads);
    return { 'backbone.rotary_emb.inv_freq': fromFloat32(frequencies, [frequencies.length]) };
  },
};
