// How a teacher step grows with length, vocabulary, batch and depth: time, peak memory, tensors left over, and the rate of its
// products of matrices against the machine's.
//   npm run bench:growth [-- --engine native|wasm] [--rounds 5] [--axes length,vocab,batch,blocks]
import { parseArgs } from 'node:util';
import { type Sizes, startProgram } from './programs/protocol';
import { median } from './median';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'native' },
    rounds: { type: 'string', default: '5' },
    axes: { type: 'string', default: 'length,vocab,batch,blocks' },
  },
});

const BASE: Sizes = {
  vocab: 64,
  length: 128,
  hidden: 128,
  blocks: 4,
  heads: 4,
  cond: 32,
  batch: 16,
  steps: 1,
  threads: 2,
  jobs: ['teacher'],
};

const AXES: Readonly<Record<string, readonly number[]>> = {
  length: [64, 128, 256, 512, 1024],
  vocab: [64, 1024, 4096, 16384],
  batch: [8, 16, 32, 64],
  blocks: [2, 4, 8, 16],
};

interface Point {
  readonly at: number;
  /** Processor time of a step, ms. */
  readonly cpu: number;
  readonly ms: number;
  readonly rss: number;
  readonly left: number;
  /** 10⁹ operations of products per second of processor time, and those of one large product. */
  readonly rate: number;
  readonly peak: number;
}

/** Operations of the matrix products of a step: half of the positions are masked, and a gradient costs two more passes. */
function operations({ vocab, length, hidden, blocks, batch }: Sizes): number {
  const [attention, rest] = [3 * hidden ** 2 + 2 * length * hidden, 9 * hidden ** 2];
  const perPosition = blocks * attention + (blocks - 1) * rest + 0.5 * (rest + hidden * vocab);
  return 6 * batch * length * perPosition;
}

/** One size in a process of its own, so that its peak of memory is the size's. */
async function measure(at: number, sizes: Sizes): Promise<Point> {
  const program = await startProgram(
    {
      name: options.engine,
      command: process.execPath,
      arguments: ['--conditions=@idlm/source', '--import', 'tsx', 'benchmarks/programs/ours.ts'],
      setup: { engine: options.engine },
    },
    sizes,
  );
  const timings = [];
  for (let round = -3; round < Number(options.rounds); round++) {
    const timing = await program.run('teacher');
    if (round >= 0) timings.push(timing);
  }
  program.stop();
  const cpu = median(timings.map((timing) => timing.cpu));
  const [first, last] = [timings[0]!, timings[timings.length - 1]!];
  return {
    at,
    cpu,
    ms: median(timings.map(({ ms }) => ms)),
    rss: last.rss,
    left: last.tensors! - first.tensors!,
    rate: operations(sizes) / cpu / 1e6,
    peak: program.gigaflops!,
  };
}

/** The exponent between two points, as in time ∝ size ^ exponent. */
const exponent = (a: Point, b: Point, of: (point: Point) => number) =>
  (Math.log(of(b) / of(a)) / Math.log(b.at / a.at)).toFixed(2);

/** The points of one axis as lines of the table. @param peak rate of large products, undisturbed */
function linesOf(axis: string, points: readonly Point[], peak: number): string[] {
  return points.map((point, i) => {
    const before = points[i - 1];
    const grown = (of: (one: Point) => number) => (before ? exponent(before, point, of) : '');
    const cells = [axis, point.at, `${point.cpu.toFixed(0)} ms`, grown(({ cpu }) => cpu), `${point.ms.toFixed(0)} ms`];
    cells.push(
      `${(point.rss / 2 ** 20).toFixed(0)} MiB`,
      grown(({ rss }) => rss),
      point.left,
    );
    cells.push(`${point.rate.toFixed(0)} GFLOP/s`, `${((100 * point.rate) / peak).toFixed(0)} %`);
    return `| ${cells.join(' | ')} |`;
  });
}

async function main(): Promise<void> {
  const measured = new Map<string, Point[]>();
  for (const axis of options.axes.split(',')) {
    const values = AXES[axis];
    if (!values) throw new Error(`there is no axis ${axis}; there are ${Object.keys(AXES).join(', ')}`);
    const points: Point[] = [];
    for (const value of values) points.push(await measure(value, { ...BASE, [axis]: value }));
    measured.set(axis, points);
  }
  // Other work can only slow a product down.
  const peak = Math.max(...[...measured.values()].flat().map((point) => point.peak));
  const titles = ['axis', 'value', 'processor time', 'exponent', 'median', 'peak memory', 'exponent', 'left over'];
  titles.push('rate', `of ${peak.toFixed(0)} GFLOP/s`);
  console.log(`| ${titles.join(' | ')} |\n| ${titles.map(() => '---').join(' | ')} |`);
  for (const [axis, points] of measured) console.log(linesOf(axis, points, peak).join('\n'));
}

await main();
