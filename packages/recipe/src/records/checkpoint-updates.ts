import { join } from 'node:path';
import { z } from 'zod';
import { readRecord } from './json-record';

const stateSchema = z.object({ step: z.int(), guard: z.object({ kept: z.int().optional() }).optional() });

/** Updates of a checkpoint's weights, which a guard may have kept from earlier, and of the run until then. */
export async function updatesOf(folder: string): Promise<{ readonly updates?: number; readonly ofRun?: number }> {
  const advice = 'put back what was written, or delete it';
  const state = await readRecord(join(folder, 'state.json'), stateSchema, advice);
  return state ? { updates: state.guard?.kept ?? state.step, ofRun: state.step } : {};
}
