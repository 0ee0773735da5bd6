// Gives readers mutated files: each ends with a result or a sentence, in time and in little memory.
//   npm run hostile [-- --count 10000] [--short] [--only ckpt,parquet] [--seed 1] [--case 17] [--write]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tableOf, writeSection } from '../table';
import type { Order, Progress } from './order';
import type { Target } from './target';
import { TARGETS } from './targets';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/** Mutations of each reader in the short form. */
const SHORT = 300;

/** Seconds without a word after which a reader hangs: it tells of every 50 cases. */
const HANGS = 120;

/** Megabytes that a reader may take, of files of some kilobytes. */
const HEAP = 256;
const MEMORY = 1500;

interface Counts {
  results: number;
  sentences: number;
  faults: string[];
  megabytes: number;
}

/** Runs cases until all are done, or the process ends or hangs. @returns the next case */
async function runFrom(order: Order, counts: Counts): Promise<number> {
  const runner = join(dirname(fileURLToPath(import.meta.url)), 'runner.ts');
  const node = [`--max-old-space-size=${HEAP}`, '--conditions=@idlm/source', '--import', 'tsx'];
  const child = spawn(process.execPath, [...node, runner, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let [next, err, isHanging] = [order.from, '', false];
  child.stderr.on('data', (text) => (err = `${err}${String(text)}`.slice(-2000)));
  const hang = () => {
    isHanging = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(hang, 1000 * HANGS);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(hang, 1000 * HANGS);
    const progress = JSON.parse(line) as Progress;
    next = progress.next;
    counts.results += progress.results;
    counts.sentences += progress.sentences;
    counts.faults.push(...progress.faults);
    if (progress.megabytes > MEMORY && counts.megabytes <= MEMORY)
      counts.faults.push(`memory by case ${next}: ${progress.megabytes} MB`);
    counts.megabytes = Math.max(counts.megabytes, progress.megabytes);
  }
  clearTimeout(timer);
  const [code] = (await closed) as [number | null];
  if (code === 0) return order.count;
  counts.faults.push(
    `cases ${next} to ${next + 49}: ${isHanging ? 'one hangs' : `the process ended (${code}): ${err}`}`,
  );
  if (err && next === order.from && !isHanging && counts.results + counts.sentences === 0) return order.count;
  return next + 50;
}

/** Gives a reader all its cases. */
async function tried(
  { name, what }: Target,
  count: number,
): Promise<{ readonly row: string[]; readonly faults: number }> {
  const counts: Counts = { results: 0, sentences: 0, faults: [], megabytes: 0 };
  const only = options.case === undefined ? undefined : Number(options.case);
  for (let from = 0; from < count;)
    from = await runFrom({ target: name, seed: Number(options.seed), from, count, only }, counts);
  const { results, sentences, faults, megabytes } = counts;
  process.stderr.write(
    `${name}: ${results} results, ${sentences} sentences, ${faults.length} faults, ${megabytes} MB\n`,
  );
  faults.slice(0, 20).forEach((fault) => process.stderr.write(`  ${fault}\n`));
  const cells = [results + sentences + faults.length, results, sentences, faults.length, `${megabytes} MB`];
  return { row: [what, ...cells.map(String), `\`npm run hostile -- --only ${name}\``], faults: faults.length };
}

const chosen = TARGETS.filter(({ name }) => options.only?.split(',').includes(name) ?? true);
const rows: string[][] = [];
for (const target of chosen) {
  const { row, faults } = await tried(target, options.short ? SHORT : Number(options.count));
  rows.push(row);
  if (faults) process.exitCode = 1;
}
const head = ['what is mutated', 'mutations', 'results', 'sentences', 'faults', 'memory at most', 'how to repeat'];
const table = tableOf([head, ...rows]);
process.stdout.write(`${table}\n`);
if (options.write && !process.exitCode) writeSection('hostile', table);
