import { join } from 'node:path';
import { folderOfModel } from '@idlm/denoiser/node';
import { z } from 'zod';
import { type LoadedConfig, originOf } from '../config/load';
import { parseRecord, readText } from '../records/json-record';
import type { ModelFiles } from './model-files';

/** How a model's text is best sampled, as the folders of the Hugging Face hub say it. Other fields are passed over. */
export const GENERATION_CONFIG = 'generation_config.json';

/** A value of the hub that means the same here, or nothing: it writes greedy decoding as a temperature of 0, and no limit as 0. */
const usable = (schema: z.ZodType<number>) => schema.nullish().catch(undefined);

const schema = z.object({
  temperature: usable(z.number().positive()),
  top_p: usable(z.number().gt(0).max(1)),
  top_k: usable(z.int().positive()),
  steps: usable(z.int().positive()),
});

/** The fields of `sampling` by those of the file. */
const FIELDS = { temperature: 'temperature', top_p: 'nucleus', top_k: 'topK', steps: 'steps' } as const;

/** A configuration, and what of it a model's folder has set, such as `temperature 0.7`. */
interface AsRecommended {
  readonly loaded: LoadedConfig;
  readonly recommended: readonly string[];
}

/** A model that is to write. */
interface WritingModel extends Pick<ModelFiles, 'folder'> {
  readonly stored: Pick<ModelFiles['stored'], 'graph' | 'text'>;
  /** A model that writes from left to right: its steps are the tokens of a text, and nothing recommends them. */
  readonly isCausal: boolean;
}

/**
 * The configuration with what the folder of a model recommends for sampling, where nobody has set it.
 * @throws InputError if the file is damaged
 */
export async function withRecommended(
  loaded: LoadedConfig,
  { folder, stored, isCausal }: WritingModel,
): Promise<AsRecommended> {
  const [path, advice] = [join(folderOfModel(folder), GENERATION_CONFIG), 'delete it, or get the model again'];
  const text = stored.graph === undefined ? await readText(path, advice) : await stored.text(GENERATION_CONFIG);
  const found = text === undefined ? undefined : parseRecord(path, text, schema, advice);
  const taken = Object.entries(FIELDS).flatMap(([name, field]) => {
    const value = found?.[name as keyof typeof FIELDS] ?? undefined;
    const isRead = !(isCausal && field === 'steps') && originOf(loaded, `sampling.${field}`) === undefined;
    return value === undefined || !isRead ? [] : [{ name, field, value }];
  });
  const fields = Object.fromEntries(taken.map(({ field, value }) => [field, value]));
  const { config } = loaded;
  return {
    loaded: { ...loaded, config: { ...config, sampling: { ...config.sampling, ...fields } } },
    recommended: taken.map(({ name, value }) => `${name} ${value}`),
  };
}
