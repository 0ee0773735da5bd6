// Trains, writes and serves texts for a long time each, and tells whether memory or the number of tensors or sockets grows, or what is written changes.
//   npm run soak [-- --minutes 120, of each] [--only training,serving] [--engine native] [--write]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    only: { type: 'string' },
    engine: { type: 'string', default: 'auto' },
    write: { type: 'boolean', default: false },
  },
});

const engine = await openEngine(options.engine === 'auto' ? {} : { prefer: options.engine as 'native' });
const minutes = Number(options.minutes);

/** Goes through one soak. @returns its row, and whether anything drifted */
async function soaked({ name, run }: Soak): Promise<{ readonly row: string[]; readonly drifted: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  try {
    const { readings, wrong } = await run({ folder, engine, seconds: 60 * minutes });
    const problems = [...growthIn(readings), ...wrong];
    problems.forEach((problem) => process.stderr.write(`${name}: ${problem}\n`));
    const row = [name, engine.name, String(minutes), ...summaryOf(readings), problems.length ? 'yes' : 'none'];
    return { row, drifted: problems.length > 0 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const rows: string[][] = [];
for (const soak of SOAKS.filter(({ name }) => options.only?.split(',').includes(name) ?? true)) {
  const { row, drifted } = await soaked(soak);
  rows.push(row);
  if (drifted) process.exitCode = 1;
}
const numbers = ['updates or texts', 'resident MB', 'tensors', 'sockets', 'delay of events, ms'];
const table = tableOf([['what', 'engine', 'minutes', ...numbers, 'drift'], ...rows]);
process.stdout.write(`${table}\n`);
if (options.write && !process.exitCode) writeSection('soak', table);
