import { type Communicator, InputError } from '@idlm/core-diffusion/ranks';
import { communicatorOf } from './communicator';
import { type JobEnd, openJobEnd } from './job-end';
import { type Launched, launchedRank, launcherVariables } from './launcher';
import { LIBRARY_VARIABLE, libraryCandidates } from './library/find';
import { type MpiFunctions, loadMpi } from './library/functions';

/** The ranks of a job on MPI. */
export interface MpiRanks extends Communicator, JobEnd {
  /** What the library says that it is, such as `Open MPI v5.0.11`. */
  readonly library: string;
  /** Who started the ranks. */
  readonly launcher: Launched['launcher'];
}

/** How ranks are opened. */
export interface MpiOptions {
  /** Seconds that a rank waits for the others in one call before it ends the job (default 1800). */
  readonly patience?: number;
}

/**
 * Variables that UCX, on which libraries may be built, reads when it is loaded. Its hooks of memory functions end Node now and then
 * with a damaged heap at its exit, and its handler of SIGSEGV takes over what WebAssembly needs for accesses out of bounds.
 */
const UCX = { UCX_MEM_EVENTS: 'n', UCX_HANDLE_ERRORS: 'none' };

function setVariables(): void {
  for (const [name, value] of Object.entries(UCX)) process.env[name] ??= value;
}

const wrongLibrary = ({ launcher, size }: Launched, found: string): InputError =>
  new InputError(
    `${launcher} started ${size} ranks, and ${found}: this library does not belong to that launcher. Put the mpirun of one MPI first on the PATH, or name its library by ${LIBRARY_VARIABLE}${launcher === 'Slurm' ? ', or choose another "srun --mpi"' : ''}; ${LIBRARY_VARIABLE}=none starts each by itself.`,
  );

/**
 * Starts MPI, unless it is known to end the process there.
 * @throws InputError for a library that does not belong to the launcher, or cannot be called from another thread
 */
function start(mpi: MpiFunctions, launched: Launched): void {
  if (launched.launcher === 'Open MPI' && mpi.kind === 'mpich')
    throw wrongLibrary(launched, `${mpi.version} was found`);
  const level = mpi.init();
  try {
    const found = mpi.size();
    if (found !== launched.size) throw wrongLibrary(launched, `${mpi.version} finds ${found}`);
    if (level === 'less')
      throw new InputError(
        `${mpi.version} was built without threads (less than MPI_THREAD_SERIALIZED), which waiting beside JavaScript needs; use another build.`,
      );
  } catch (error) {
    mpi.finalize();
    throw error;
  }
}

/** Loads and starts the library of a launcher. */
function begin(launched: Launched): MpiFunctions {
  setVariables();
  const mpi = loadMpi(libraryCandidates(process.env, launched.launcher));
  start(mpi, launched);
  // What this process starts from now on is no rank.
  launcherVariables(process.env).forEach((name) => delete process.env[name]);
  return mpi;
}

/** @throws InputError unless timers can count so many seconds */
function checkPatience(seconds: number): number {
  if (seconds > 0 && seconds <= 2e6) return seconds;
  throw new InputError(`Ranks wait for one another some seconds, above 0 and at most 2000000; ${seconds} was given.`);
}

let opened: MpiRanks | undefined;

/**
 * The ranks that `mpirun` or `srun` started this process among, on the MPI library of that launcher; undefined where it was started
 * alone. A process is a rank once: later calls give the same. However it ends, `leave` or `abort` ends its part of the job.
 * @throws InputError where no library can be loaded, or it does not belong to the launcher
 * @example
 * ```ts
 * import { oneRank } from '@idlm/core-diffusion/ranks';
 * import { openRanks } from '@idlm/mpi';
 *
 * const ranks = openRanks() ?? oneRank; // alone, unless mpirun started this
 * const numbers = Float32Array.of(ranks.rank, 1);
 * await ranks.sum(numbers);
 * console.log(ranks.size, ...numbers); // → 1 0 1
 * ```
 */
export function openRanks({ patience = 1800 }: MpiOptions = {}): MpiRanks | undefined {
  if (opened) return opened;
  const launched = process.env[LIBRARY_VARIABLE] === 'none' ? undefined : launchedRank();
  if (!launched) return undefined;
  const mpi = begin(launched);
  const end = openJobEnd(mpi, checkPatience(patience));
  opened = {
    ...communicatorOf(mpi, end.watched),
    ...end,
    library: mpi.version,
    launcher: launched.launcher,
  };
  return opened;
}
