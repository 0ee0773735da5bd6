// Our steps against PyTorch's, interleaved in one run, at three sizes, and at full size a forward pass, a text of 16 steps and, where there
// are 16 GB for PyTorch's, an update of IDLM (--jobs idlm).
//   npm run bench:pytorch -- [--rounds 10] [--warm-up 6] [--sizes small,middle,large,full] [--jobs teacher,idlm,sample] [--python python3]
//     [--programs torch,torch-no-spin,torch-compile,native,native-xla,native-bfloat16,wasm]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { isInstalled } from '@idlm/engine';
import { type Program, type Job, type Sizes, type Start, type Timing, startProgram } from './programs/protocol';
import { median } from './median';
import { NETWORKS } from './sizes';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '6' },
    sizes: { type: 'string', default: 'small,middle,large' },
    jobs: { type: 'string' },
    programs: { type: 'string', default: 'torch,native' },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '2' },
  },
});

const threads = Number(options.threads);
const training: readonly Job[] = ['teacher', 'idlm', 'sample'];

/** What is done at each size. */
const SIZES: Readonly<Record<string, Sizes>> = {
  small: { ...NETWORKS.small, batch: 256, steps: 12, threads, jobs: training },
  middle: { ...NETWORKS.middle, batch: 32, steps: 64, threads, jobs: training },
  large: { ...NETWORKS.large, batch: 8, steps: 64, threads, jobs: training },
  full: { ...NETWORKS.full, batch: 1, steps: 16, threads, jobs: ['forward', 'sample', 'idlm'] },
};

const node = (name: string, setup: Start['setup'], environment?: Start['environment']): Start => ({
  name,
  command: process.execPath,
  arguments: ['--conditions=@idlm/source', '--import', 'tsx', 'benchmarks/programs/ours.ts'],
  setup,
  environment,
});

const torch = (name: string, compile: boolean, environment?: Start['environment']): Start => ({
  name,
  command: options.python,
  arguments: ['benchmarks/pytorch/reference.py'],
  setup: { compile },
  environment,
});

/** All programs by the names that `--programs` takes. */
const PROGRAMS: Readonly<Record<string, Start>> = {
  torch: torch('PyTorch eager', false),
  // PyTorch's threads spin where they wait, which helps on a quiet machine and costs it dearly while other work runs.
  'torch-no-spin': torch('PyTorch eager, no spinning', false, { GOMP_SPINCOUNT: '0' }),
  'torch-compile': torch('torch.compile', true),
  native: node('native', { engine: 'native' }),
  'native-xla': node('native, XLA', { engine: 'native', compile: 'xla' }),
  'native-bfloat16': node('native, bfloat16', { engine: 'native' }, { TF_SET_ONEDNN_FPMATH_MODE: 'BF16' }),
  wasm: node('WASM', { engine: 'wasm' }),
};

/** The programs that were asked for and can be had here. */
function starts(): Start[] {
  const names = options.programs.split(',');
  const hasTorch = spawnSync(options.python, ['-c', 'import torch']).status === 0;
  if (!hasTorch && names.some((name) => name.startsWith('torch')))
    console.error(
      `${options.python} has no torch: install benchmarks/pytorch/requirements.txt, or name another --python.`,
    );
  if (!isInstalled() && names.some((name) => name.startsWith('native')))
    console.error('The native engine is not installed ("idlm engine install"), so it takes no part.');
  return names.flatMap((name) => {
    const start = PROGRAMS[name];
    if (!start) throw new Error(`there is no program ${name}; there are ${Object.keys(PROGRAMS).join(', ')}`);
    const present = name.startsWith('torch') ? hasTorch : name === 'wasm' || isInstalled();
    return present ? [start] : [];
  });
}

/** Times of every program at one job, one run of each per round; those that meet most shapes first are not counted. */
async function timeInTurn(programs: readonly Program[], job: Job, rounds: number): Promise<Map<string, Timing[]>> {
  const times = new Map<string, Timing[]>(programs.map(({ name }) => [name, []]));
  for (let round = -Number(options['warm-up']); round < rounds; round++) {
    for (const program of programs) {
      const timing = await program.run(job);
      if (round >= 0) times.get(program.name)!.push(timing);
    }
  }
  return times;
}

/** One line per program; ratios are to the first. */
function report(size: string, job: Job, times: ReadonlyMap<string, readonly Timing[]>): void {
  const medians = (timings: readonly Timing[]) =>
    [timings.map(({ ms }) => ms), timings.map(({ cpu }) => cpu)].map(median) as [number, number];
  const base = medians([...times.values()][0]!);
  for (const [name, timings] of times) {
    const all = timings.map(({ ms }) => ms);
    const [ms, cpu] = medians(timings);
    const cells = [
      size,
      job,
      name,
      `${ms.toFixed(1)} ms`,
      `${Math.min(...all).toFixed(1)} … ${Math.max(...all).toFixed(1)}`,
      `${(ms / base[0]).toFixed(2)} ×`,
      `${cpu.toFixed(0)} ms`,
      `${(cpu / base[1]).toFixed(2)} ×`,
      `${(Math.max(...timings.map(({ rss }) => rss)) / 2 ** 20).toFixed(0)} MiB`,
      [...new Set(timings.map(({ calls }) => calls ?? ''))].join(', '),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

async function main(): Promise<void> {
  const found = starts();
  const titles = ['size', 'job', 'program', 'median', 'range', 'of the first', 'processor time'];
  titles.push('of the first', 'peak memory', 'calls of the network');
  console.log(`| ${titles.join(' | ')} |\n| ${titles.map(() => '---').join(' | ')} |`);
  for (const size of options.sizes.split(',')) {
    const sizes = SIZES[size];
    if (!sizes) throw new Error(`there is no size ${size}; there are ${Object.keys(SIZES).join(', ')}`);
    for (const job of sizes.jobs.filter((one) => options.jobs?.split(',').includes(one) ?? true)) {
      // A process of its own for each job, so that its peak of memory is the job's.
      const programs: Program[] = [];
      for (const start of found) programs.push(await startProgram(start, { ...sizes, jobs: [job] }));
      report(size, job, await timeInTurn(programs, job, Number(options.rounds)));
      programs.forEach((program) => program.stop());
    }
  }
}

await main();
