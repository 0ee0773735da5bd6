import { isInputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { configuredFamily } from '../config/family';
import { resolveConfig } from '../config/load';
import {
  type ModelUse,
  type ModelWithoutTokenizer,
  assumedFamily,
  chosenFamily,
  fitModel,
  inOneLine,
} from './model-family';

/** A saved model that is looked at; published ones often have no tokenizer beside them. */
export interface SeenModel extends Pick<ModelUse, 'folder' | 'model'> {
  readonly tokenizer?: Tokenizer;
  /** The family that somebody names, of a model that does not tell it. */
  readonly family?: string;
}

/** The mask of a model, as loading finds it. */
export interface ModelMask {
  /** Its token; `null` where the model has none, as under uniform noise; undefined where nothing tells. */
  readonly maskId?: number | null;
  /** What of family, noise schedule and mask the files do not say and loading assumes, in one line where it is anything. */
  readonly assumed: readonly string[];
  /** Why loading would refuse the model as it lies there, in a sentence. */
  readonly refused?: string;
}

/** Of a network alone: where there is a mask, it is its last entry, unless a tokenizer has it elsewhere. */
function maskWithoutTokenizer(use: ModelWithoutTokenizer): ModelMask {
  const config = chosenFamily(use);
  const { vocabSize } = use.model.network.config;
  const last = { vocabSize, maskId: vocabSize - 1 };
  const { maskId = null } = configuredFamily(config, last).family.process;
  return { maskId, assumed: inOneLine(assumedFamily(use, config, last)) };
}

/**
 * Which token of a model is its mask, and what loading assumes to find it: nothing is refused, since files can be looked at that nobody
 * could sample as they are.
 */
export function maskOf({ folder, tokenizer, family, model: seen }: SeenModel): ModelMask {
  if (seen.network.config.causal) return { maskId: null, assumed: [] };
  // What else the files do not say is told by whoever has read them.
  const model = { ...seen, assumed: [] };
  const settings = seen.family || family === undefined ? [] : [`family.name=${family}`];
  const use = { folder, model, loaded: resolveConfig({ settings }) };
  try {
    if (!tokenizer) return maskWithoutTokenizer(use);
    const { diffusion, assumed } = fitModel({ ...use, tokenizer });
    return { maskId: diffusion.family.process.maskId ?? null, assumed };
  } catch (error) {
    if (isInputError(error)) return { assumed: [], refused: error.message };
    throw error;
  }
}
