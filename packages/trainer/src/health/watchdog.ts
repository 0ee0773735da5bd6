import { Worker } from 'node:worker_threads';
import { workerProgram } from '@idlm/core-diffusion/node';
import type { StallWatch } from './watch-for-stalls';

/** Watches that a run goes on. */
export interface Watchdog {
  /** An update was made. */
  beat(): void;
  end(): void;
}

/** Milliseconds before a thread is started: most runs that are shorter are tried out, and hang before somebody's eyes. */
const LATER = 30_000;

/**
 * Says on stderr when no update has been made for too long, by a thread of its own: an engine that hangs holds this one, too, and no timer
 * of it would ring. The thread begins to watch after half a minute.
 * @param milliseconds without an update after which a run stalls
 */
export function watchdog(milliseconds: number): Watchdog {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | undefined;
  const start = () => {
    const { entry, execArgv } = workerProgram(import.meta.url, '..');
    const workerData: StallWatch = { beats, milliseconds };
    worker = new Worker(entry, { execArgv, workerData });
    // Without it a run is not watched, and goes on.
    worker.on('error', () => {});
    worker.unref();
  };
  const timer = setTimeout(start, LATER).unref();
  return {
    beat: () => void Atomics.add(beats, 0, 1),
    end() {
      clearTimeout(timer);
      void worker?.terminate();
    },
  };
}
