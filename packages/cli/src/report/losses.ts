import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from '@idlm/trainer';
import { z } from 'zod';
import type { LossCurve } from './data';

/** The losses that a run logged. */
export interface RunLosses {
  /** By name, such as `teacher/loss`. */
  readonly curves: Readonly<Record<string, LossCurve>>;
  /** What was left out, in sentences. */
  readonly notes: readonly string[];
}

const lineSchema = z.object({ step: z.int() }).catchall(z.unknown());

/** A line of metrics; undefined for any other text. */
function parseLine(line: string): z.output<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/**
 * The losses that a run logged, by role; none where the folder is no run (a downloaded model, say). A report is not worth less
 * for a damaged line: it is left out and told, but for a last one, which any interrupt may cut.
 */
export async function readLosses(folder: string): Promise<RunLosses> {
  const path = join(folder, RUN_FILES.metrics);
  const text = await readFile(path, 'utf8').catch(() => '');
  const curves: Record<string, [number, number][]> = {};
  let damaged = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const { step, ...metrics } = parseLine(line) ?? {};
    if (step === undefined) damaged++;
    else
      for (const [name, value] of Object.entries(metrics))
        if (name.endsWith('/loss') && typeof value === 'number') (curves[name] ??= []).push([step, value]);
  }
  const counted = damaged === 1 ? '1 line' : `${damaged} lines`;
  return {
    curves,
    notes: damaged ? [`${path} has ${counted} that are no metrics; the losses there are left out.`] : [],
  };
}
