import { join } from 'node:path';
import type { Prompting } from '@idlm/data';
import { z } from 'zod';
import type { Config } from '../config/schema';
import { parseRecord } from '../records/json-record';
import type { RunRecords } from '../records/run-records';
import { promptingOf } from '../text/prompts';
import type { ModelFiles } from './model-files';

/** Name under which it travels with a model that is in one file. */
const PROMPTING = 'prompting.json';

const schema: z.ZodType<Prompting> = z.object({
  field: z.string().optional(),
  separator: z.string().nullable().optional(),
  isBegun: z.boolean(),
});

/** The file that tells how the rows of a run began, by its name; none where they did with text alone. */
export function promptingFile({ config }: Pick<RunRecords, 'config'>): Record<string, string> {
  const prompting = promptingOf(config);
  return prompting ? { [PROMPTING]: JSON.stringify(prompting) } : {};
}

/**
 * How the rows or windows of a model began; undefined where they did with text alone.
 * @param records those of its run, where they are known
 * @param config what is configured, where nothing else tells, as by the preset of a published model
 * @throws InputError if a file that tells it is damaged
 */
export async function readPrompting(
  { folder, stored }: Pick<ModelFiles, 'folder' | 'stored'>,
  records: Pick<RunRecords, 'config'> | undefined,
  config: Config,
): Promise<Prompting | undefined> {
  if (records) return promptingOf(records.config);
  const text = stored.graph === undefined ? undefined : await stored.text(PROMPTING);
  if (text === undefined) return config.data.windowEnds ? { isBegun: true } : undefined;
  return parseRecord(join(folder, PROMPTING), text, schema, 'write the file again (idlm export)');
}
