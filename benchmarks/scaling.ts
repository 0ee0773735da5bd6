// What ranks cost: a teacher's step by one process and by several ranks of one thread each, ours and PyTorch's, interleaved in one run;
// the all-reduce by itself; and what latency and bandwidth, fitted to it, say of up to 1024 ranks on some networks.
//   npm run bench:scaling -- [--rounds 10] [--warm-up 3] [--sizes small,large] [--ranks 2,4] [--mpi openmpi] [--python python3]
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type MpiName, installMpi } from '@idlm/tools/mpi';
import type { Sizes, Timing } from './programs/protocol';
import { median } from './median';
import { arrivals } from './scaling/gradients';
import { type Group, ourRanks, oursAlone, torchRanks } from './scaling/groups';
import { type MeasuredSum, type Network, type Step, efficiency, fitNetwork, sumSeconds } from './scaling/model';
import { NETWORKS } from './sizes';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    sizes: { type: 'string', default: 'small,large' },
    ranks: { type: 'string', default: '2,4' },
    mpi: { type: 'string', default: 'openmpi' },
    python: { type: 'string' },
  },
});

const BATCHES: Readonly<Record<string, number>> = { small: 256, middle: 32, large: 8 };

/** Numbers of the sums that are timed: 4 bytes to 64 MiB. */
const COUNTS = [1, 2 ** 10, 2 ** 14, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24];

/** Networks that ranks may be on, each with cores of its own: round numbers of their kind, not measured by us. */
const PREDICTED: Readonly<Record<string, Network>> = {
  'Ethernet, 1 Gb/s': { latency: 50e-6, bandwidth: 0.125e9 },
  'Ethernet, 10 Gb/s': { latency: 30e-6, bandwidth: 1.25e9 },
  'Ethernet with RDMA, 100 Gb/s': { latency: 5e-6, bandwidth: 12.5e9 },
  'InfiniBand, 400 Gb/s': { latency: 2e-6, bandwidth: 50e9 },
};

const RANKS = [2, 4, 16, 64, 256, 1024];

const print = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

function title(...cells: string[]): void {
  console.log('');
  print(...cells);
  print(...cells.map(() => '---'));
}

/** Milliseconds of a step that several make: those of the slowest. */
const slowest = (timings: readonly Timing[]): number => Math.max(...timings.map(({ ms }) => ms));

/** Steps of every group, one of each in turn. */
async function steps(groups: readonly Group[]): Promise<Map<Group, Timing[][]>> {
  const found = new Map<Group, Timing[][]>(groups.map((group) => [group, []]));
  for (let round = -Number(options['warm-up']); round < Number(options.rounds); round++)
    for (const group of groups) {
      const timings = await group.run('teacher');
      if (round >= 0) found.get(group)!.push([...timings]);
    }
  return found;
}

/** The fastest of some sums of each size, since other work can only slow one. */
async function sums(group: Group): Promise<MeasuredSum[]> {
  const measured: MeasuredSum[] = [];
  for (const count of COUNTS) {
    const times = await group.sums(count, count > 2 ** 20 ? 6 : 30);
    measured.push({ bytes: 4 * count, seconds: Math.min(...times) / 1000 });
  }
  return measured;
}

/** Reports the sums of some ranks. @returns what they fit */
async function reportSums(group: Group): Promise<Network> {
  const measured = await sums(group);
  const network = fitNetwork(group.ranks, measured);
  title(`all-reduce of ${group.ranks} ranks`, 'measured, ms', 'fitted, ms');
  for (const { bytes, seconds } of measured) {
    const fitted = sumSeconds(network, group.ranks, bytes);
    print(`${bytes} bytes`, (1000 * seconds).toFixed(3), (1000 * fitted).toFixed(3));
  }
  const { latency, bandwidth } = network;
  console.log(`fitted: ${(1e6 * latency).toFixed(1)} µs a message, ${(bandwidth / 1e9).toFixed(2)} GB/s`);
  return network;
}

const cores = (group: Group): number => Math.max(1, group.ranks / 2);

/** What is said of the steps of a group. */
interface StepTimes {
  /** The fastest and the median of all rounds, in milliseconds. */
  readonly best: number;
  readonly middle: number;
  /** Processor time of one process, in milliseconds, waiting for others in it: what other work on the machine disturbs least. */
  readonly processor: number;
}

function tellSteps(rounds: readonly (readonly Timing[])[]): StepTimes {
  const all = rounds.map(slowest);
  const processor = median(rounds.map((one) => median(one.map(({ cpu }) => cpu))));
  return { best: Math.min(...all), middle: median(all), processor };
}

/** Reports steps, and predicts those of our ranks by the sums on this machine. */
function reportSteps(size: string, found: ReadonlyMap<Group, Timing[][]>, networks: ReadonlyMap<Group, Network>): Step {
  const told = new Map([...found].map(([group, rounds]) => [group, tellSteps(rounds)]));
  const ours = [...told.values()][0]!;
  const torch = [...told].find(([{ name }]) => name.startsWith('PyTorch, one'))?.[1];
  let step: Step = { seconds: ours.best / 1000, bytes: 0, calls: 0 };
  const times = ['best, ms', 'of one process', 'median, ms', 'of one process', 'processor time, ms', 'of one process'];
  title(size, ...times, 'predicted', 'in sums, ms');
  for (const [group, { best, middle, processor }] of told) {
    const all = found.get(group)!;
    const sum = all[0]![0]!.sums;
    const network = networks.get(group);
    if (sum && network) step = { ...step, bytes: sum.bytes, calls: sum.calls };
    const alone = group.name.startsWith('PyTorch') ? torch! : ours;
    // Ranks beyond the cores share them.
    const predicted = network ? (efficiency(step, network, group.ranks) / cores(group)).toFixed(2) : '';
    const inSums = all.map((one) => Math.min(...one.map(({ sums: each }) => each?.ms ?? 0)));
    const shares = [alone.best / best, alone.middle / middle, alone.processor / processor].map((one) => one.toFixed(2));
    const cells = [best, middle, processor].flatMap((ms, i) => [ms.toFixed(1), shares[i]!]);
    print(group.name, ...cells, predicted, sum?.calls ? Math.min(...inSums).toFixed(1) : '');
  }
  return step;
}

/** Reports the share of as many times one rank's rate that ranks would have on each network. */
function predict(size: string, step: Step): void {
  const { seconds, bytes, calls } = step;
  title(
    `${size}: ${seconds.toFixed(2)} s a step, ${(bytes / 1e6).toFixed(1)} MB in ${calls} sums`,
    ...RANKS.map((ranks) => `${ranks} ranks`),
  );
  for (const [name, network] of Object.entries(PREDICTED))
    print(name, ...RANKS.map((ranks) => efficiency(step, network, ranks).toFixed(2)));
}

/** Reports when the gradients of a step by itself can be read. */
async function reportArrivals(sizes: Sizes): Promise<void> {
  const found = await arrivals(sizes, Number(options.rounds));
  const [first, all] = [found.map((one) => one.first), found.map((one) => one.all)].map(median) as [number, number];
  console.log(
    `\ngradients of a step: the first can be read after ${first.toFixed(1)} ms, all after ${all.toFixed(1)} ms`,
  );
}

async function main(): Promise<void> {
  const mpi = installMpi(options.mpi as MpiName);
  if (typeof mpi === 'string') throw new Error(mpi);
  for (const size of options.sizes.split(',')) {
    const network = NETWORKS[size as keyof typeof NETWORKS];
    const sizes: Sizes = { ...network, batch: BATCHES[size]!, steps: 1, threads: 1, jobs: ['teacher'] };
    const counts = options.ranks.split(',').map(Number);
    const ranks = [];
    const groups = [await oursAlone(1, sizes), await oursAlone(2, sizes)];
    for (const count of counts) ranks.push(await ourRanks(mpi, count, sizes));
    const { python } = options;
    const torch = python ? [await torchRanks(python, 1, sizes), await torchRanks(python, 2, sizes)] : [];
    const networks = new Map<Group, Network>();
    for (const group of ranks) networks.set(group, await reportSums(group));
    const all = [...groups, ...ranks, ...torch];
    predict(size, reportSteps(size, await steps(all), networks));
    all.forEach((group) => group.stop());
    await reportArrivals(sizes);
  }
  console.log(`\n${options.mpi}; load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`);
}

await main();
process.exit();
