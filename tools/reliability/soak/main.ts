// Trains and writes texts for a long time, and tells whether memory or the number of tensors grows, or what is written changes.
//   npm run soak [-- --minutes 120] [--engine native] [--write]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '@idlm/engine';
import { type Model, openModel, resolveConfig, trainTeacher } from '@idlm/recipe';
import * as tf from '@tensorflow/tfjs-core';
import { tableOf, writeSection } from '../table';
import { type Reading, growthIn, summaryOf } from './readings';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'auto' },
    write: { type: 'boolean', default: false },
  },
});

/** Half of the time is training, half is writing. */
const SECONDS = 30 * Number(options.minutes);
const READINGS = 40;

const engine = await openEngine(options.engine === 'auto' ? {} : { prefer: options.engine as 'native' });
const loaded = resolveConfig({
  set: {
    model: { hidden: 32, blocks: 2, heads: 2, cond: 8 },
    data: { length: 32 },
    teacher: { updates: 1_000_000_000, batch: 16, validation: null },
    checkpoints: { every: 100, keep: 2 },
    logs: { every: 10, samplesEvery: 200 },
    sampling: { steps: 8 },
  },
});

/** Takes readings, evenly spaced, until the time is over. */
function recorder(seconds: number) {
  const readings: Reading[] = [];
  const began = performance.now();
  return {
    readings,
    /** @returns whether the time is over */
    look(done: number): boolean {
      const now = (performance.now() - began) / 1000;
      if (now >= (readings.length * seconds) / READINGS) {
        globalThis.gc?.();
        const { rss, heapUsed } = process.memoryUsage();
        const { numTensors: tensors } = tf.memory();
        readings.push({ seconds: now, done, resident: rss / 1e6, heap: heapUsed / 1e6, tensors });
      }
      return now >= seconds;
    },
  };
}

/** Trains in a run directory, with checkpoints and samples, until the time is over. */
async function soakTraining(out: string): Promise<readonly Reading[]> {
  const { readings, look } = recorder(SECONDS);
  const over = new AbortController();
  const text = 'true places never are, and the sea was calm and the ship was slow. '.repeat(200);
  const onEvent = (event: { readonly kind: string; readonly step?: number }) => {
    if (event.kind === 'update' && look(event.step ?? 0)) over.abort();
  };
  await trainTeacher(loaded, { text, out, engine, signal: over.signal, onEvent }).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  return readings;
}

/** Writes texts over and over. @returns readings, and whether the same seed gave the same text at every time */
async function soakWriting(model: Model): Promise<{ readonly readings: readonly Reading[]; readonly isSame: boolean }> {
  const { readings, look } = recorder(SECONDS);
  const write = (seed: number) => model.sample({ count: 4, seed });
  const first = (await write(0)).join('\n');
  let isSame = true;
  for (let done = 0; !look(4 * done); done++) {
    const texts = await write(done % 10);
    if (done % 10 === 0 && texts.join('\n') !== first) isSame = false;
  }
  return { readings, isSame };
}

const folder = await mkdtemp(join(tmpdir(), 'soak-'));
try {
  const training = await soakTraining(join(folder, 'teacher'));
  const writing = await soakWriting(await openModel(join(folder, 'teacher'), loaded, { engine }));
  const problems = [
    ...growthIn(training).map((one) => `Training: ${one}`),
    ...growthIn(writing.readings).map((one) => `Writing: ${one}`),
    ...(writing.isSame ? [] : ['Writing: the same seed gave another text.']),
  ];
  problems.forEach((problem) => process.stderr.write(`${problem}\n`));
  if (problems.length) process.exitCode = 1;
  const minutes = String(Number(options.minutes) / 2);
  const table = tableOf([
    ['what', 'minutes', 'updates or texts', 'resident MB', 'tensors', 'drift'],
    ['training', minutes, ...summaryOf(training), growthIn(training).length ? 'yes' : 'none'],
    [
      'writing',
      minutes,
      ...summaryOf(writing.readings),
      writing.isSame && !growthIn(writing.readings).length ? 'none' : 'yes',
    ],
  ]);
  process.stdout.write(`${engine.name}\n\n${table}\n`);
  if (options.write && !problems.length) writeSection('soak', table);
} finally {
  await rm(folder, { recursive: true });
}
