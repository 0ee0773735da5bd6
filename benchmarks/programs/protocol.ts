import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What is timed. */
export type Job = 'teacher' | 'idlm' | 'sample' | 'forward';

/** Sizes of a comparison, the same for every program. */
export interface Sizes {
  readonly vocab: number;
  readonly length: number;
  readonly hidden: number;
  readonly blocks: number;
  readonly heads: number;
  readonly cond: number;
  readonly batch: number;
  /** Steps of sampling. */
  readonly steps: number;
  readonly threads: number;
  readonly jobs: readonly Job[];
}

/** One timed run. */
export interface Timing {
  readonly ms: number;
  /** Processor time of all its threads, in ms: what other work on the machine disturbs less. */
  readonly cpu: number;
  /** Peak resident memory of the process so far, in bytes. */
  readonly rss: number;
  /** Calls of the network, of the job `sample`. */
  readonly calls?: number;
  /** Tensors that exist after the run; ours alone tell. */
  readonly tensors?: number;
  /** Sums over ranks, and the milliseconds spent in them; ours alone tell. */
  readonly sums?: { readonly calls: number; readonly bytes: number; readonly ms: number };
}

/** A process that runs jobs when asked, and is idle otherwise. */
export interface Program {
  readonly name: string;
  /** Measured rate of large products of matrices, in 10⁹ operations per second; ours alone tell. */
  readonly gigaflops?: number;
  run(job: Job): Promise<Timing>;
  stop(): void;
}

/** How to start a program. */
export interface Start {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Set-up beyond the sizes. */
  readonly setup?: Readonly<Record<string, unknown>>;
}

/** Sends a line, and resolves with the next one that comes back. */
export function asker(input: Readable, output: Writable, name: string) {
  const lines = createInterface({ input })[Symbol.asyncIterator]();
  return async (request?: unknown): Promise<Record<string, unknown>> => {
    if (request !== undefined) output.write(`${JSON.stringify(request)}\n`);
    const line = (await lines.next()) as IteratorResult<string, undefined>;
    if (line.done) throw new Error(`${name} ended before it answered`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
}

/** Starts a program at some sizes. Its first answer tells that it is ready. */
export async function startProgram(start: Start, sizes: Sizes): Promise<Program> {
  const child = spawn(start.command, [...start.arguments], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...start.environment },
  });
  const ask = asker(child.stdout, child.stdin, start.name);
  const ready = await ask({ setup: { ...sizes, ...start.setup } });
  return {
    name: start.name,
    gigaflops: ready['gigaflops'] as number | undefined,
    run: async (run) => (await ask({ run })) as unknown as Timing,
    stop: () => void child.kill(),
  };
}
