import { Worker } from 'node:worker_threads';
import { InputError } from '@idlm/core-diffusion';
import { workerProgram } from '@idlm/core-diffusion/node';
import type { CheckpointFile, CheckpointRef } from './store';
import type { Given, SaveOrder, SaveReply } from './thread-messages';

/** The next file as a message; why there is none is one too. */
async function nextOf(files: AsyncIterator<CheckpointFile, unknown>): Promise<Given> {
  try {
    const next = await files.next();
    return next.done ? 'end' : { file: next.value };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

/** The buffer of a file that has it for itself, to be handed over without a copy. */
const ownBuffer = (given: Given): ArrayBuffer[] => {
  if (typeof given === 'string' || !('file' in given)) return [];
  const { buffer, byteLength } = given.file.bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
};

/**
 * Saves a checkpoint in a folder by a thread of its own, as a disk store there does; one file is on its way at a time.
 * @throws InputError as the store's `save`; Error if the thread ends
 */
export async function saveInThread(order: SaveOrder, files: AsyncIterable<CheckpointFile>): Promise<CheckpointRef> {
  const { entry, execArgv } = workerProgram(import.meta.url, '..');
  const worker = new Worker(entry, { execArgv, workerData: order });
  const source = files[Symbol.asyncIterator]();
  try {
    return await new Promise<CheckpointRef>((resolve, reject) => {
      const give = async () => {
        const given = await nextOf(source);
        worker.postMessage(given, ownBuffer(given));
      };
      worker.on('message', (told: SaveReply) => {
        if (told === 'next') give().catch(reject);
        else if ('saved' in told) resolve(told.saved);
        else reject(new InputError(told.refused));
      });
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(new Error(`The thread that saves checkpoints has ended (exit code ${code}).`)),
      );
    });
  } finally {
    await worker.terminate();
    await source.return?.();
  }
}
