// Trains, writes and serves texts for a long time, each in a process of its own, and tells whether memory or the number of tensors or
// sockets grows, or what is written changes.
//   npm run soak [-- --minutes 120, of each] [--at-once] [--only training,serving] [--engine native] [--write]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEngine } from '@idlm/engine';
import { tableOf, writeSection } from '../table';
import { growthIn, summaryOf } from './readings';
import { serving } from './serving';
import type { Soak } from './soak';
import { training } from './training';
import { writing } from './writing';

const SOAKS: readonly Soak[] = [training, writing, serving];

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    'at-once': { type: 'boolean', default: false },
    only: { type: 'string' },
    engine: { type: 'string', default: 'auto' },
    write: { type: 'boolean', default: false },
  },
});

/** What a process tells of its soak. */
interface SoakReport {
  readonly row: readonly string[];
  readonly hasDrifted: boolean;
}

/** Goes through one soak in this process. */
async function soaked({ name, run }: Soak): Promise<SoakReport> {
  const engine = await openEngine(options.engine === 'auto' ? {} : { prefer: options.engine as 'native' });
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  try {
    const { readings, wrong } = await run({ folder, engine, seconds: 60 * Number(options.minutes) });
    const problems = [...growthIn(readings), ...wrong];
    problems.forEach((problem) => process.stderr.write(`${name}: ${problem}\n`));
    const row = [name, engine.name, options.minutes, ...summaryOf(readings), problems.length ? 'yes' : 'none'];
    return { row, hasDrifted: problems.length > 0 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Has one soak done by a process of its own, whose memory is its alone. @throws Error where that ends without a word */
async function ofOwnProcess({ name }: Soak): Promise<SoakReport> {
  const { minutes, engine } = options;
  const child = fork(fileURLToPath(import.meta.url), ['--only', name, '--minutes', minutes, '--engine', engine]);
  let told: SoakReport | undefined;
  child.once('message', (message) => (told = message as SoakReport));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (!told) throw new Error(`The soak of ${name} ended with code ${String(code)} before it had told anything.`);
  return told;
}

/** Goes through soaks, and prints what was seen of them. */
async function report(soaks: readonly Soak[]): Promise<void> {
  const told: SoakReport[] = [];
  if (options['at-once']) told.push(...(await Promise.all(soaks.map(ofOwnProcess))));
  else for (const soak of soaks) told.push(await ofOwnProcess(soak));
  if (told.some(({ hasDrifted }) => hasDrifted)) process.exitCode = 1;
  const numbers = ['updates or texts', 'own MB', 'tensors', 'sockets', 'delay of events, ms'];
  const table = tableOf([['what', 'engine', 'minutes', ...numbers, 'drift'], ...told.map(({ row }) => row)]);
  process.stdout.write(`${table}\n`);
  if (options.write && !process.exitCode) writeSection('soak', table);
}

const chosen = SOAKS.filter(({ name }) => options.only?.split(',').includes(name) ?? true);
// A process that was forked has a channel to tell by.
if (process.send) process.send(await soaked(chosen[0]!), () => process.disconnect());
else await report(chosen);
