import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { LogSink } from '@idlm/trainer';
import { z } from 'zod';
import { readRecord } from './json-record';

/** Name of the file that tells how long a model was trained. */
export const TRAINING_TIME = 'training-time.json';

const schema = z.object({ seconds: z.number().min(0) });

/** Seconds that a model was trained; undefined where its folder does not tell. @throws InputError if the file is damaged */
export const readTrainingTime = async (path: string): Promise<number | undefined> =>
  (await readRecord(path, schema, 'put back what was written, or delete it'))?.seconds;

/**
 * Keeps in a file how long a run has taken until its last checkpoint, over all of its sessions.
 * @param clock milliseconds from any moment on
 */
export function trainingTimeFile(path: string, clock: () => number): LogSink {
  let before = 0;
  let started = 0;
  return {
    async start(step) {
      before = step === 0 ? 0 : ((await readTrainingTime(path)) ?? 0);
      started = clock();
    },
    write: async () => {},
    flush: () => writeFileAtomically(path, `${JSON.stringify({ seconds: before + (clock() - started) / 1000 })}\n`),
    close: async () => {},
  };
}
