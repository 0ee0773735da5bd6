import { anyRank, together } from '@idlm/core-diffusion/ranks';
import { type MpiRanks, openRanks } from '@idlm/mpi';

const ranks: MpiRanks = (await openRanks({ patience: process.argv[2] === 'late' ? 1 : 30 }))!;
const { rank, size } = ranks;

/** What every rank finds, which is to be the same. */
async function calls(): Promise<object> {
  // Enough that MPICH's all-reduce needs more stack than koffi gives by itself.
  const numbers = Float32Array.from({ length: 2 ** 18 + 5 }, (_, i) => (i % 7) + rank);
  await ranks.sum(numbers);
  const ends = [numbers[0], numbers[6], numbers.at(-1)];
  const rounded = Float32Array.from({ length: 11 }, (_, i) => (i + 1) / 3 + rank);
  await ranks.sum(rounded, 'bfloat16');
  const told = await ranks.gather(new Uint8Array(2 * rank).fill(rank + 1));
  const long = new Uint8Array(3_000_001).fill(rank + 5);
  const broadcast = await ranks.broadcast(rank === 0 ? long : new Uint8Array(0));
  // Calls that are made at once still go one after another.
  const atOnce = [Float32Array.of(1), Float32Array.of(10), Float32Array.of(100)];
  await Promise.all(atOnce.map((one) => ranks.sum(one)));
  const refused = await together(ranks, async () => {
    if (rank === size - 1) throw new Error('none here');
  }).catch((error: Error) => error.message);
  return {
    ends,
    rounded: [...rounded],
    gathered: told.map((bytes) => [...bytes]),
    broadcast: [broadcast.length, broadcast[0], broadcast.at(-1)],
    atOnce: atOnce.map((one) => one[0]),
    any: [await anyRank(ranks, rank === 1), await anyRank(ranks, false)],
    refused: refused!.replace(/^rank \d: /, ''),
    library: ranks.library,
    variables: Object.keys(process.env).filter((name) => /^(OMPI|PMI|PMIX)_/.test(name)),
    ucx: [process.env['UCX_MEM_EVENTS'], process.env['UCX_HANDLE_ERRORS']],
  };
}

/** Leaves a rank in a call that the others never make. */
const waitForEver = (): Promise<void> => ranks.sum(new Float32Array(1));

/** How ranks end, by name. */
const ENDS: Readonly<Record<string, () => Promise<unknown>>> = {
  async calls() {
    process.stdout.write(`${JSON.stringify({ rank, size, ...(await calls()) })}\n`);
    await ranks.leave(Math.max(...(await ranks.codes(0))!));
  },
  async together() {
    const codes = await ranks.codes(rank + 2);
    await ranks.leave(Math.max(...codes!));
  },
  async alone() {
    if (rank !== 1) return waitForEver();
    const codes = await ranks.codes(7);
    process.stdout.write(`codes: ${String(codes)}\n`);
    ranks.abort(7);
  },
  async thrown() {
    if (rank !== 1) return waitForEver();
    throw new TypeError('a fault of rank 1');
  },
  async exit() {
    if (rank !== 1) return waitForEver();
    process.exit(0);
  },
  async killed() {
    if (rank !== 1) return waitForEver();
    process.kill(process.pid, 'SIGKILL');
  },
  async late() {
    if (rank !== 1) return waitForEver();
    await new Promise((resolve) => setTimeout(resolve, 100_000));
  },
};

await ENDS[process.argv[2]!]!();
