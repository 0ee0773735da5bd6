// Our steps against PyTorch's, interleaved in one run, at three sizes and a forward pass at full size.
//   npm run bench:pytorch -- [--rounds 10] [--sizes small,middle,large,full] [--python python3] [--wasm]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { isInstalled } from '@idlm/engine';
import {
  type Contestant,
  type Job,
  type Sizes,
  type Start,
  type Timing,
  startContestant,
} from './contestants/protocol';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    sizes: { type: 'string', default: 'small,middle,large' },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '2' },
    wasm: { type: 'boolean', default: false },
    xla: { type: 'boolean', default: false },
    bfloat16: { type: 'boolean', default: false },
    'torch-compile': { type: 'boolean', default: false },
  },
});

const threads = Number(options.threads);
const training: readonly Job[] = ['teacher', 'idlm', 'sample'];

/** 0.1, 2 and 15 million weights, and the published models' size. */
const SIZES: Readonly<Record<string, Sizes>> = {
  small: {
    vocab: 28,
    length: 12,
    hidden: 64,
    blocks: 2,
    heads: 2,
    cond: 16,
    batch: 256,
    steps: 12,
    threads,
    jobs: training,
  },
  middle: {
    vocab: 64,
    length: 128,
    hidden: 192,
    blocks: 4,
    heads: 6,
    cond: 32,
    batch: 32,
    steps: 64,
    threads,
    jobs: training,
  },
  large: {
    vocab: 4096,
    length: 256,
    hidden: 384,
    blocks: 6,
    heads: 6,
    cond: 64,
    batch: 8,
    steps: 64,
    threads,
    jobs: training,
  },
  full: {
    vocab: 50258,
    length: 1024,
    hidden: 768,
    blocks: 12,
    heads: 12,
    cond: 128,
    batch: 1,
    steps: 1,
    threads,
    jobs: ['forward'],
  },
};

const node = (name: string, setup: Start['setup'], environment?: Start['environment']): Start => ({
  name,
  command: process.execPath,
  arguments: ['--conditions=@idlm/source', '--import', 'tsx', 'benchmarks/contestants/ours.ts'],
  setup,
  environment,
});

const torch = (name: string, compile: boolean): Start => ({
  name,
  command: options.python,
  arguments: ['benchmarks/pytorch/reference.py'],
  setup: { compile },
});

function starts(): Start[] {
  const found: Start[] = [];
  if (spawnSync(options.python, ['-c', 'import torch']).status === 0) {
    found.push(torch('PyTorch eager', false));
    if (options['torch-compile']) found.push(torch('torch.compile', true));
  } else {
    console.error(
      `${options.python} has no torch: install benchmarks/pytorch/requirements.txt, or name another --python.`,
    );
  }
  if (isInstalled()) {
    found.push(node('native', { engine: 'native' }));
    if (options.xla) found.push(node('native, XLA', { engine: 'native', compile: 'xla' }));
    if (options.bfloat16)
      found.push(node('native, bfloat16', { engine: 'native' }, { TF_SET_ONEDNN_FPMATH_MODE: 'BF16' }));
  } else {
    console.error('The native engine is not installed ("idlm engine install"), so it takes no part.');
  }
  if (options.wasm) found.push(node('WASM', { engine: 'wasm' }));
  return found;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)]!;

/** Times of every contestant at one job, one run of each per round; the first two rounds are not counted. */
async function contest(contestants: readonly Contestant[], job: Job, rounds: number): Promise<Map<string, Timing[]>> {
  const times = new Map<string, Timing[]>(contestants.map(({ name }) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const contestant of contestants) {
      const timing = await contestant.run(job);
      if (round >= 0) times.get(contestant.name)!.push(timing);
    }
  }
  return times;
}

function report(size: string, job: Job, times: ReadonlyMap<string, readonly Timing[]>): void {
  const base = median([...times.values()][0]!.map(({ ms }) => ms));
  for (const [name, timings] of times) {
    const all = sorted(timings.map(({ ms }) => ms));
    const cells = [
      size,
      job,
      name,
      `${median(all).toFixed(1)} ms`,
      `${all[0]!.toFixed(1)} … ${all[all.length - 1]!.toFixed(1)}`,
      `${(median(all) / base).toFixed(2)} ×`,
      `${(Math.max(...timings.map(({ rss }) => rss)) / 2 ** 20).toFixed(0)} MiB`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

console.log(
  '| size | job | contestant | median | range | of the first | peak memory |\n| --- | --- | --- | --- | --- | --- | --- |',
);
for (const size of options.sizes.split(',')) {
  const sizes = SIZES[size];
  if (!sizes) throw new Error(`there is no size ${size}; there are ${Object.keys(SIZES).join(', ')}`);
  for (const job of sizes.jobs) {
    // A process of its own for each job, so that its peak of memory is the job's.
    const contestants: Contestant[] = [];
    for (const start of starts()) contestants.push(await startContestant(start, { ...sizes, jobs: [job] }));
    report(size, job, await contest(contestants, job, Number(options.rounds)));
    contestants.forEach((contestant) => contestant.stop());
  }
}
