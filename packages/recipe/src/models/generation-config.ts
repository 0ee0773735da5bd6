import { join } from 'node:path';
import { checkGrid } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { folderOfModel } from '@idlm/denoiser/node';
import { z } from 'zod';
import { type LoadedConfig, originOf } from '../config/load';
import { parseRecord, readText } from '../records/json-record';
import type { ModelFiles } from './model-files';

/** How a model's text is best sampled, as the folders of the Hugging Face hub say it. Other fields are passed over. */
export const GENERATION_CONFIG = 'generation_config.json';

/** A value of the hub that means the same here, or nothing: it writes greedy decoding as a temperature of 0, and no limit as 0. */
const usable = <Value>(schema: z.ZodType<Value>) => schema.nullish().catch(undefined);

/** Times that are a grid. */
const grid = z.array(z.number()).refine((times) => {
  try {
    return (checkGrid(times), true);
  } catch {
    return false;
  }
});

const schema = z.object({
  temperature: usable(z.number().positive()),
  top_p: usable(z.number().gt(0).max(1)),
  top_k: usable(z.int().positive()),
  steps: usable(z.int().positive()),
  /** Ours alone: grids of times, each for as many steps as it has. */
  time_grids: usable(z.array(grid).min(1)),
});

/** The fields of `sampling` by those of the file. */
const FIELDS = {
  ...{ temperature: 'temperature', top_p: 'nucleus', top_k: 'topK', steps: 'steps' },
  time_grids: 'spacing',
} as const;

/** Fields that a model that writes from left to right has no use for. */
const OF_DIFFUSION: readonly string[] = ['steps', 'spacing'] satisfies (typeof FIELDS)[keyof typeof FIELDS][];

const ADVICE = 'delete it, or get the model again';

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
  const path = join(folderOfModel(folder), GENERATION_CONFIG);
  const text = stored.graph === undefined ? await readText(path, ADVICE) : await stored.text(GENERATION_CONFIG);
  const found = text === undefined ? undefined : parseRecord(path, text, schema, ADVICE);
  const taken = Object.entries(FIELDS).flatMap(([name, field]) => {
    const value = found?.[name as keyof typeof FIELDS] ?? undefined;
    const isRead = !(isCausal && OF_DIFFUSION.includes(field)) && originOf(loaded, `sampling.${field}`) === undefined;
    return value === undefined || !isRead ? [] : [{ name, field, value }];
  });
  const fields = Object.fromEntries(taken.map(({ field, value }) => [field, value]));
  const { config } = loaded;
  const sampling = { ...config.sampling, ...fields } as typeof config.sampling;
  return {
    loaded: { ...loaded, config: { ...config, sampling } },
    recommended: taken.flatMap(({ name, value }) => {
      if (!Array.isArray(value)) return [`${name} ${value}`];
      // A grid of other steps changes nothing of these.
      return value.some((times) => times.length === sampling.steps + 1)
        ? [`a time grid of ${sampling.steps} steps`]
        : [];
    }),
  };
}

/**
 * Makes a grid the one that a model's folder recommends for as many steps; all else that the file holds stays.
 * @param folder of the model
 * @returns the file
 * @throws InputError if the file that is there is damaged
 */
export async function recommendGrid(folder: string, times: readonly number[]): Promise<string> {
  const path = join(folderOfModel(folder), GENERATION_CONFIG);
  const text = await readText(path, ADVICE);
  const found =
    text === undefined ? {} : parseRecord(path, text, z.looseObject({ time_grids: schema.shape.time_grids }), ADVICE);
  const others = (found.time_grids ?? []).filter(({ length }) => length !== times.length);
  const time_grids = [...others, [...times]].sort((a, b) => a.length - b.length);
  await writeFileAtomically(path, `${JSON.stringify({ ...found, time_grids }, null, 2)}\n`);
  return path;
}
