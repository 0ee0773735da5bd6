// Tries what goes wrong with trainings, and tells what is lost: nothing may be.
//   npm run faults [-- --short] [--only kill,full] [--seed 1] [--write]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomStream } from '@idlm/core-diffusion';
import { tableOf, writeSection } from '../table';
import { clocks } from './clocks';
import type { Fault } from './fault';
import { failingWrites, fullDisk } from './full-disk';
import { kills } from './kills';
import { moved } from './moved';
import { readOnly } from './read-only';
import { signals } from './signals';
import { twoProcesses } from './two-processes';

const FAULTS: readonly Fault[] = [kills, signals, fullDisk, failingWrites, readOnly, clocks, twoProcesses, moved];

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});

/** Tries one fault in a folder of its own. @returns its row, and what was lost */
async function tried({ name, what, times, timesInShort, run }: Fault) {
  const folder = await mkdtemp(join(tmpdir(), `fault-${name}-`));
  const stream = randomStream(Number(options.seed)).split(name);
  let drawn = 0;
  const random = () => stream.split(drawn++).uniforms(1)[0]!;
  const began = performance.now();
  const { tried: count, lost, note } = await run({ folder, times: options.short ? timesInShort : times, random });
  if (!lost.length) await rm(folder, { recursive: true });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stderr.write(
    `${name}: ${count} times in ${seconds} s, ${lost.length} lost${lost.length ? ` in ${folder}` : ''}\n`,
  );
  lost.forEach((sentence) => process.stderr.write(`  ${sentence}\n`));
  return {
    row: [note ? `${what}; ${note}` : what, String(count), String(lost.length), `\`npm run faults -- --only ${name}\``],
    lost,
  };
}

const chosen = FAULTS.filter(
  ({ name, timesInShort }) =>
    (options.only?.split(',').includes(name) ?? true) && !(options.short && timesInShort === 0),
);
const rows: string[][] = [];
for (const fault of chosen) {
  const { row, lost } = await tried(fault);
  rows.push(row);
  if (lost.length) process.exitCode = 1;
}
const table = tableOf([['fault', 'times tried', 'lost', 'how to repeat'], ...rows]);
process.stdout.write(`${table}\n`);
if (options.write && !process.exitCode) writeSection('faults', table);
