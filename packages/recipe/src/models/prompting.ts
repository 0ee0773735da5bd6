import { join } from 'node:path';
import { z } from 'zod';
import { parseRecord } from '../records/json-record';
import type { RunRecords } from '../records/run-records';
import { type Prompting, promptingOf } from '../text/prompts';
import type { ModelFiles } from './model-files';

/** Name under which it travels with a model that is in one file. */
const PROMPTING = 'prompting.json';

const schema: z.ZodType<Prompting> = z.object({
  field: z.string(),
  separator: z.string().nullable(),
  isBegun: z.boolean(),
});

/** The file that tells how a run prompted its rows, by its name; none where they had no prompts. */
export function promptingFile({ config }: Pick<RunRecords, 'config'>): Record<string, string> {
  const prompting = promptingOf(config);
  return prompting ? { [PROMPTING]: JSON.stringify(prompting) } : {};
}

/**
 * How the rows of a model were prompted; undefined where they had no prompts, or nothing tells.
 * @param records those of its run, where they are known
 * @throws InputError if a file that tells it is damaged
 */
export async function readPrompting(
  { folder, stored }: Pick<ModelFiles, 'folder' | 'stored'>,
  records: Pick<RunRecords, 'config'> | undefined,
): Promise<Prompting | undefined> {
  if (records) return promptingOf(records.config);
  const text = stored.graph === undefined ? undefined : await stored.text(PROMPTING);
  return text === undefined
    ? undefined
    : parseRecord(join(folder, PROMPTING), text, schema, 'write the file again (idlm export)');
}
