import { type FileHandle, mkdir, open, readFile, readdir, truncate } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LogSink } from './events';
import { sessionEvent, summaryOf, versionEvent } from './event-messages';
import { record, recordsUpTo } from './records';

/** Where event files go. */
export interface TensorBoardOptions {
  /** Of one run: what earlier files in it say of steps after its start is cut off. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const EVENT_FILE = /^events\.out\.tfevents\.(\d+)\./;

/**
 * Creates the file of a session. Readers take files in the order of their names as text, where a process 1000 comes before
 * a process 999: seconds above all earlier ones keep the order of sessions, also within a second and after a clock was
 * set back.
 */
async function createFile(folder: string, seconds: number, earlier: readonly string[]): Promise<FileHandle> {
  const taken = earlier.map((name) => Number(EVENT_FILE.exec(name)![1]) + 1);
  const time = String(Math.max(Math.floor(seconds), ...taken)).padStart(10, '0');
  return open(join(folder, `events.out.tfevents.${time}.${hostname()}.${process.pid}.0`), 'ax');
}

/** Cuts off what a file says of later steps, and a half record. */
async function cutAfter(path: string, step: number): Promise<void> {
  const file = await readFile(path);
  const length = recordsUpTo(file, step);
  if (length < file.length) await truncate(path, length);
}

/**
 * TensorBoard's event files: metrics as scalars, samples as text. Each session writes a file of its own. What earlier
 * files say of later steps is cut off, since the fast data server heeds no session marks; the mark is for pages that
 * have read it already.
 */
export function tensorBoardFile({ folder, clock }: TensorBoardOptions): LogSink {
  let file: FileHandle | undefined;
  const seconds = () => clock() / 1000;
  return {
    async start(step) {
      await mkdir(folder, { recursive: true });
      const earlier = (await readdir(folder)).filter((name) => EVENT_FILE.test(name));
      await Promise.all(earlier.map((name) => cutAfter(join(folder, name), step)));
      file = await createFile(folder, seconds(), earlier);
      // Also in the first session: TensorBoard's page takes the first mark that it sees for the beginning of the run.
      await file.appendFile(Buffer.concat([versionEvent(seconds()), sessionEvent(seconds(), step + 1)].map(record)));
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
