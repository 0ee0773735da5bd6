import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LogSink } from './events';
import { record, restartEvent, summaryOf, versionEvent } from './event-messages';

/** Where event files go. */
export interface TensorBoardOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Files are read in the order of their names: seconds, then a number that grows within a folder. */
async function fileName(folder: string, seconds: number): Promise<string> {
  const earlier = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.')).length;
  const time = String(Math.floor(seconds)).padStart(10, '0');
  return `events.out.tfevents.${time}.${hostname()}.${process.pid}.${earlier}`;
}

/**
 * TensorBoard's event files: metrics as scalars, samples as text. Each session writes a file of its own; a resumed one
 * begins with a restart mark, so that TensorBoard drops what was written after the checkpoint.
 */
export function tensorBoardFile({ folder, clock }: TensorBoardOptions): LogSink {
  let file: FileHandle | undefined;
  const seconds = () => clock() / 1000;
  return {
    async start(step) {
      await mkdir(folder, { recursive: true });
      file = await open(join(folder, await fileName(folder, seconds())), 'ax');
      await file.appendFile(record(versionEvent(seconds())));
      if (step > 0) await file.appendFile(record(restartEvent(seconds(), step + 1)));
    },
    async write(event) {
      const summary = summaryOf(event, seconds());
      if (summary) await file!.appendFile(record(summary));
    },
    flush: async () => file?.sync(),
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}
