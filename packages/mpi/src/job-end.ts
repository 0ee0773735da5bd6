import koffi from 'koffi';
import type { MpiFunctions } from './library/functions';

/** How the part of a rank in a job ends. One of `leave` and `abort` is called however the process ends. */
export interface JobEnd {
  /**
   * The exit codes of all ranks once all are at their ends; undefined where some are not, so that this rank is to abort: soon where its
   * own code is not 0, since the others may wait for it for ever.
   */
  codes(own: number): Promise<readonly number[] | undefined>;
  /** Ends this process among all: MPI is finalized, what was written flushed. Never comes back. */
  leave(code: number): Promise<never>;
  /** Ends all ranks at once. Never comes back. @param code from 1 on, which the launcher ends with */
  abort(code: number): never;
}

/** Seconds that a rank that failed waits for others that may have failed like it. */
const ALONE = 5;

const SYSTEM_LIBRARIES: Readonly<Record<string, string>> = { darwin: 'libSystem.B.dylib' };

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });

/** A result, or undefined where it does not come within so many seconds. */
async function within<Result>(seconds: number, result: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), 1000 * seconds)));
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `JobEnd` with what calls of the job are followed by. */
interface OpenJobEnd extends JobEnd {
  /** Ends the job where a call takes too long, as it does for ever once a rank is gone. */
  watched<Result>(call: Promise<Result>): Promise<Result>;
}

/**
 * Watches over the end of this rank: a process that ends without `leave` ends the job, and calls that take longer than `patience`
 * seconds do.
 */
export function openJobEnd(mpi: MpiFunctions, patience: number): OpenJobEnd {
  const own = mpi.duplicate();
  const size = mpi.size();
  // Node's own end would wait for calls that are under way, and unload libraries that do not expect it.
  const exit = koffi.load(SYSTEM_LIBRARIES[process.platform] ?? 'libc.so.6').func('_exit', 'void', ['int']);
  let calls = 0;
  const abort = (code: number): never => {
    process.off('exit', onExit);
    mpi.abort(code);
    return exit(code) as never;
  };
  const onExit = (code: number) => abort(code || 1);
  process.on('exit', onExit);
  // Node says what nobody catches behind its listeners of exits, which is too late.
  process.on('uncaughtExceptionMonitor', (error) => {
    process.stderr.write(`rank ${mpi.rank()}: ${error.stack ?? String(error)}\n`);
  });
  return {
    async watched(call) {
      calls++;
      const timer = setTimeout(() => {
        process.stderr.write(
          `error: rank ${mpi.rank()} has waited ${patience} seconds for the others, one of which may be gone; the job ends.\n`,
        );
        abort(1);
      }, 1000 * patience);
      try {
        return await call;
      } finally {
        clearTimeout(timer);
        calls--;
      }
    },
    async codes(code) {
      // A call under way means that the others are elsewhere, and this rank left it behind.
      if (calls > 0) return undefined;
      const [given, all] = [new Int32Array(1), new Int32Array(size)];
      // Arrays of JavaScript move until their buffers are asked for.
      void [given.buffer, all.buffer];
      given[0] = code;
      const told = mpi.gather(given, all, 4, own).then(() => [...all]);
      return within(code === 0 ? patience : ALONE, told);
    },
    async leave(code) {
      mpi.finalize();
      process.off('exit', onExit);
      await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
      return exit(code) as never;
    },
    abort,
  };
}
