import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { InputError } from '@idlm/core-diffusion/errors';
import type { Tokenizer } from '@idlm/data';
import { parameterCount, textLength } from '@idlm/denoiser';
import { type LoadedConfig, asCommanded, resolveConfig } from '@idlm/recipe/config';
import {
  type GivenModel,
  type ModelInUse,
  fitModel,
  readModel,
  readPrompting,
  readSampledFiles,
  requireModelReading,
  withRecommended,
} from '@idlm/recipe/models';
import { openServedNetwork } from '@idlm/recipe/sampling';
import { encodePrompt, layoutOf } from '@idlm/recipe/text';
import type { ModelSource, SamplingDefaults, ServedModel } from './served-model';

/** How a saved model is served. */
export interface SavedModelOptions {
  /** What requests call it (default: the name of its folder or file). */
  readonly id?: string;
  /** What it is used with (default: the defaults); what is set there wins over what its folder recommends. */
  readonly loaded?: LoadedConfig;
  /** Is told once it is open: what runs it, and whether that holds up JavaScript's thread. */
  readonly onOpen?: (opened: { readonly id: string; readonly runtime: string; readonly isBlocking: boolean }) => void;
}

/** Bytes that a weight takes, and as many again for what is computed of it. */
const BYTES_OF_WEIGHT = 8;

const nameOf = (path: string): string => basename(path, extname(path) === '.onnx' ? '.onnx' : undefined);

/** How the model's texts are written where a request does not say. */
function defaultsOf({ config, diffusion }: ModelInUse): SamplingDefaults {
  const { steps, temperature, nucleus, nucleusRule, topK, spacing, repetitionPenalty, noRepeatedNGram } =
    config.sampling;
  const { spec } = diffusion.sampling.sampler;
  return {
    ...{ steps, temperature, topP: nucleus, nucleusRule, topK: topK ?? undefined, spacing, sampler: spec },
    ...{ repetitionPenalty, noRepeatedNGram: noRepeatedNGram ?? undefined },
  };
}

/** The token that fills rows up; none where texts run through rows without an end. */
function paddingOf({ model, records }: GivenModel, { padId }: Tokenizer): number | undefined {
  const isOfRows = model.network.config.rowStart !== undefined || (records && layoutOf(records.config.data) === 'rows');
  return isOfRows ? padId : undefined;
}

/** Seconds since 1970 at which a file or folder was written. */
const writtenAt = async (path: string): Promise<number> => Math.floor((await stat(path)).mtimeMs / 1000);

/**
 * A saved model: its folder, the run that made it, or an ONNX file. All but its weights is read at once.
 * @throws InputError if there is none, one of its files is damaged, or it writes from left to right
 */
export async function savedModel(path: string, options: SavedModelOptions = {}): Promise<ModelSource> {
  const { id = nameOf(path), loaded: given = resolveConfig({}), onOpen } = options;
  const files = await readModel(path, given, readSampledFiles);
  const { network } = files.model;
  if (network.config.causal)
    throw new InputError(
      `The model in ${path} writes from left to right, and diffusion models are served; name another.`,
    );
  await requireModelReading(asCommanded(given), files);
  const { loaded } = await withRecommended(given, { ...files, isCausal: false });
  const inUse = fitModel({ ...files, loaded });
  const { tokenizer, diffusion, config } = inUse;
  const prompting = await readPrompting(files, files.records, given.config);
  const sampling = defaultsOf(inUse);
  const length = textLength(network.config);
  const { timeConditioned, rowStart } = network.config;
  return {
    id,
    created: await writtenAt(files.folder),
    facts: { length, steps: sampling.steps, temperature: sampling.temperature, family: diffusion.family.spec.name },
    bytes: parameterCount(network) * BYTES_OF_WEIGHT,
    async open(): Promise<ServedModel> {
      const opened = await openServedNetwork({ ...files, loaded: { ...loaded, config }, family: diffusion.family });
      onOpen?.({ id, runtime: opened.runtime, isBlocking: opened.isBlocking });
      return {
        network: opened.network,
        ...{ family: diffusion.family, tokenizer, length, timeConditioned, rowStart, sampling },
        padId: paddingOf(files, tokenizer),
        encodePrompt: (text) => encodePrompt(text, tokenizer, prompting).clamp,
      };
    },
  };
}
