import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from '@idlm/trainer';
import type { LossCurve } from '../report/data';

/** The losses that a run logged, by role; none where the folder is no run (a downloaded model, say). */
export async function readLosses(folder: string): Promise<Record<string, LossCurve>> {
  const text = await readFile(join(folder, RUN_FILES.metrics), 'utf8').catch(() => '');
  const curves: Record<string, [number, number][]> = {};
  for (const line of text.split('\n').filter(Boolean)) {
    const { step, ...metrics } = JSON.parse(line) as { step: number } & Record<string, number>;
    for (const [name, value] of Object.entries(metrics))
      if (name.endsWith('/loss')) (curves[name] ??= []).push([step, value]);
  }
  return curves;
}
