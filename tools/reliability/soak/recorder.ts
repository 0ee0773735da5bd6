import { existsSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as tf from '@tensorflow/tfjs-core';
import { type Reading, inWords } from './readings';

/** Readings of a soak, and the fewest that its quarters can be told from. */
const [READINGS, LEAST] = [40, 12];

/** Seconds of a soak from which on each reading is told when it is taken: much would be lost with one that ends before its time. */
const LONG = 600;

/** Takes readings of this process while something goes on. */
export interface Recorder {
  readonly readings: readonly Reading[];
  isDue(): boolean;
  /** Takes a reading where one is due. @param done updates made, or texts written, so far @returns whether the time is over */
  look(done: number): boolean;
}

/** Sockets of this process that are open, of servers and of their clients. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

const STATUS = '/proc/self/status';

/**
 * Bytes of memory that the process holds for itself: without files that are mapped, such as libraries, which the system takes out of
 * memory and reads again as it likes. All that is resident where the system does not tell them apart.
 */
function ownMemory(): number {
  const [, kibibytes] = (existsSync(STATUS) && /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'))) || [];
  return kibibytes === undefined ? process.memoryUsage.rss() : 1024 * Number(kibibytes);
}

/** Takes readings, evenly spaced, until the time is over. */
export function recorder(seconds: number): Recorder {
  const readings: Reading[] = [];
  const began = performance.now();
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const isDue = (): boolean => elapsed() >= (readings.length * seconds) / READINGS;
  return {
    readings,
    isDue,
    look(done) {
      const now = elapsed();
      if (isDue()) {
        const delay = delays.percentile(99) / 1e6;
        globalThis.gc?.();
        const { heapUsed } = process.memoryUsage();
        const { numTensors: tensors } = tf.memory();
        const memory = { own: ownMemory() / 1e6, heap: heapUsed / 1e6 };
        const reading = { seconds: now, done, ...memory, tensors, sockets: openSockets(), delay };
        readings.push(reading);
        if (seconds >= LONG) process.stderr.write(`${inWords(reading)}\n`);
        delays.reset();
      }
      return now >= seconds && readings.length >= LEAST;
    },
  };
}
