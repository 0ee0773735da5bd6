// JavaScript, also in the sources: each run starts this thread, and one that loads TypeScript takes twenty times as long.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { watchForStalls } from './health/watch-for-stalls.mjs';

// Written at once: this thread's stderr is that of the main thread, which hangs.
watchForStalls(workerData, (sentence) => void writeSync(2, `\nwarning: ${sentence}\n`));
