import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { Engine } from '@idlm/engine';
import { z } from 'zod';
import { EVALUATION_FILES, QUICKSTART_FILES, contentOf, environmentOf, readRecord } from '@idlm/recipe/records';
import { unfinishedOf } from '@idlm/recipe/runs';

/** Models that a quickstart makes, each in a folder of its name. */
const QUICKSTART_MODELS = ['teacher', 'student', 'control'] as const;

/** What a quickstart is about: everything that its models follow from. */
export interface QuickstartAbout {
  /** As `--set` would give them. */
  readonly settings: readonly string[];
  readonly engine: Engine;
}

const schema = z.object({ about: z.string(), seconds: z.number() });

/** A quickstart that has begun in a folder. */
export interface BegunQuickstart {
  /** Whether an interrupt left some of it there. */
  readonly isContinued: boolean;
  /** Seconds that it took before. */
  readonly seconds: number;
  /** Keeps how many seconds it has taken in all. */
  keepTime(seconds: number): Promise<void>;
}

/** Removes an earlier quickstart. @throws InputError if there is a run of another command where a model is to be */
async function removeEarlier(out: string): Promise<void> {
  for (const path of QUICKSTART_MODELS.map((name) => join(out, name)))
    if ((await contentOf(path)) === 'run')
      throw new InputError(`${path} holds a run, which a quickstart does not replace; name another folder with --out.`);
  const models = QUICKSTART_MODELS.flatMap((name) => [name, unfinishedOf(name)]);
  const { data, report } = EVALUATION_FILES;
  for (const name of [report, data, QUICKSTART_FILES.about, QUICKSTART_FILES.sweep, ...models])
    await rm(join(out, name), { recursive: true, force: true });
}

/**
 * Begins a quickstart in its folder: goes on with the same one where an interrupt left it, and replaces any other.
 * @throws InputError if what tells of an interrupted one is damaged
 */
export async function beginQuickstart(out: string, { settings, engine }: QuickstartAbout): Promise<BegunQuickstart> {
  const path = join(out, QUICKSTART_FILES.about);
  const about = JSON.stringify({ settings, ...environmentOf({ engine }) });
  // The report is written last.
  const isFinished = existsSync(join(out, EVALUATION_FILES.report));
  const found = isFinished ? undefined : await readRecord(path, schema, `delete ${out} to begin anew`);
  const isContinued = found?.about === about;
  const keepTime = (seconds: number) => writeFileAtomically(path, `${JSON.stringify({ about, seconds })}\n`);
  if (!isContinued) {
    await removeEarlier(out);
    await keepTime(0);
  }
  return { isContinued, seconds: isContinued ? found.seconds : 0, keepTime };
}
