import { Worker } from 'node:worker_threads';
import type { StallWatch } from './watch-for-stalls.mjs';

/** Watches that a run goes on. */
export interface Watchdog {
  /** An update was made. */
  beat(): void;
  end(): void;
}

/** The thread's program: in the sources, or beside what is built. */
const program = (own: string): URL => new URL(own.endsWith('.ts') ? '../stall-thread.mjs' : './stall-thread.js', own);

/**
 * Says on stderr when no update has been made for too long, by a thread of its own: an engine that hangs holds this one, too, and no timer
 * of it would ring. The thread starts at once, since the first update may be what hangs; it takes some 35 ms of processor time.
 * @param milliseconds without an update after which a run stalls
 * @param rank of several processes that train together, whose warnings stand in one log
 */
export function watchdog(milliseconds: number, rank?: number): Watchdog {
  const workerData: StallWatch = { beats: new Int32Array(new SharedArrayBuffer(4)), milliseconds, rank };
  // Without what this process loads for TypeScript.
  const worker = new Worker(program(import.meta.url), { execArgv: [], workerData });
  // Without it a run is not watched, and goes on.
  worker.on('error', () => {});
  worker.unref();
  return {
    beat: () => void Atomics.add(workerData.beats, 0, 1),
    end: () => void worker.terminate(),
  };
}
