import { mkdtempSync } from 'node:fs';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InstalledMpi, fromSource, launchRanks } from '@idlm/tools/mpi';
import { type Job, type Sizes, type Start, type Timing, asker, startProgram } from '../programs/protocol';

/** Processes that make a step together, or each by itself at the same time. */
export interface Group {
  readonly name: string;
  readonly ranks: number;
  /** One step of each; all begin at once. */
  run(job: Job): Promise<readonly Timing[]>;
  /** Milliseconds of each of some sums of so many numbers, those of the slowest rank. */
  sums(count: number, times: number): Promise<readonly number[]>;
  stop(): void;
}

const OURS = 'benchmarks/programs/ours.ts';

/** Milliseconds after which a launcher and its ranks are killed, whatever happens here. */
const LONGEST = 1_800_000;

/** Our ranks under an MPI's launcher, each driven by a socket of its own. */
export async function ourRanks(mpi: InstalledMpi, ranks: number, sizes: Sizes): Promise<Group> {
  const name = `ours, ${ranks} ranks`;
  const path = join(mkdtempSync(join(tmpdir(), 'scaling-')), 'socket');
  const sockets: Socket[] = [];
  const server = createServer();
  const connected = new Promise<void>((resolve) =>
    server.on('connection', (socket) => sockets.push(socket) === ranks && resolve()),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const { child, ended } = launchRanks(mpi, {
    ...{ ranks, argv: fromSource(OURS), longest: LONGEST },
    environment: { BENCHMARK_SOCKET: path, TF_NUM_INTRAOP_THREADS: String(sizes.threads) },
  });
  await Promise.race([
    connected,
    ended.then(({ code, err }) => Promise.reject(new Error(`${name} ended with ${code}: ${err}`))),
  ]);
  const asks = sockets.map((socket) => asker(socket, socket, name));
  const all = (request?: object) => Promise.all(asks.map((ask) => ask(request)));
  await all();
  await all({ setup: { ...sizes, engine: 'native' } });
  return {
    ...{ name, ranks },
    run: async (run) => (await all({ run })) as unknown as Timing[],
    async sums(count, times) {
      const told = (await all({ sum: { count, times } })) as unknown as { milliseconds: number[] }[];
      return told[0]!.milliseconds.map((_, i) => Math.max(...told.map(({ milliseconds }) => milliseconds[i]!)));
    },
    stop() {
      sockets.forEach((socket) => socket.end());
      server.close();
      child.unref();
    },
  };
}

/** Processes that each do the same at the same time, started at once. @param starts one for each */
async function together(name: string, starts: readonly Start[], sizes: Sizes): Promise<Group> {
  const programs = await Promise.all(starts.map((start) => startProgram(start, sizes)));
  return {
    ...{ name, ranks: starts.length },
    run: (job) => Promise.all(programs.map((program) => program.run(job))),
    sums: () => Promise.resolve([]),
    stop: () => programs.forEach((program) => program.stop()),
  };
}

/** Processes of ours that know nothing of one another: what the machine itself allows. */
export function oursAlone(count: number, sizes: Sizes): Promise<Group> {
  const start: Start = {
    ...{ name: 'ours', command: process.execPath, setup: { engine: 'native' } },
    arguments: fromSource(OURS),
    environment: { TF_NUM_INTRAOP_THREADS: String(sizes.threads) },
  };
  const name = count === 1 ? 'ours, one process' : `ours, ${count} processes, each by itself`;
  return together(name, Array(count).fill(start), sizes);
}

/** A port of this machine that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ranks of PyTorch's DistributedDataParallel on gloo; one alone is plain PyTorch. */
export async function torchRanks(python: string, ranks: number, sizes: Sizes): Promise<Group> {
  const job = { MASTER_ADDR: '127.0.0.1', MASTER_PORT: String(await freePort()), GLOO_SOCKET_IFNAME: 'lo' };
  const starts = Array.from({ length: ranks }, (_, rank): Start => {
    const place = ranks === 1 ? {} : { ...job, RANK: String(rank), WORLD_SIZE: String(ranks) };
    const environment = { ...place, OMP_NUM_THREADS: String(sizes.threads) };
    return {
      ...{ name: 'PyTorch', command: python, arguments: ['benchmarks/pytorch/reference.py'] },
      ...{ setup: { compile: false }, environment },
    };
  });
  return together(ranks === 1 ? 'PyTorch, one process' : `PyTorch DDP (gloo), ${ranks} ranks`, starts, sizes);
}
