import { type Communicator, InputError } from '@idlm/core-diffusion/ranks';
import { communicatorOf } from './communicator';
import type { JobEnd } from './job-end';
import { type Launched, isRank, launchedRank, launcherVariables } from './launcher';
import { libraryCandidates } from './library/find';
import type { MpiFunctions } from './library/functions';
import { type MpiLibrary, setVariables, start } from './library/start';

/** The ranks of a job on MPI. */
export interface MpiRanks extends Communicator, JobEnd {
  readonly library: MpiLibrary;
  /** Who started the ranks. */
  readonly launcher: Launched['launcher'];
}

/** How ranks are opened. */
export interface MpiOptions {
  /** Seconds that a rank waits for the others in one call before it ends the job (default 1800). */
  readonly patience?: number;
}

/** koffi, and what needs it: loaded where there are ranks, since it need not be installed. */
const bindings = async () => {
  try {
    return { ...(await import('./library/functions')), ...(await import('./job-end')) };
  } catch (error) {
    throw new InputError(
      `koffi, which calls MPI, cannot be loaded (${(error as Error).message}): install @idlm/mpi again.`,
    );
  }
};

/** Loads and starts the library of a launcher. */
function begin(launched: Launched, loadMpi: (candidates: readonly string[]) => MpiFunctions) {
  setVariables();
  const mpi = loadMpi(libraryCandidates(process.env, launched.launcher));
  const library = start(mpi, launched);
  // What this process starts from now on is no rank.
  launcherVariables(process.env).forEach((name) => delete process.env[name]);
  return { mpi, library };
}

/** @throws InputError unless timers can count so many seconds */
function checkPatience(seconds: number): number {
  if (seconds > 0 && seconds <= 2e6) return seconds;
  throw new InputError(`Ranks wait for one another some seconds, above 0 and at most 2000000; ${seconds} was given.`);
}

let opened: Promise<MpiRanks> | undefined;

async function open(launched: Launched, patience: number): Promise<MpiRanks> {
  const { loadMpi, openJobEnd } = await bindings();
  const { mpi, library } = begin(launched, loadMpi);
  const end = openJobEnd(mpi, patience);
  const { launcher } = launched;
  return { ...communicatorOf(mpi, end.watched), ...end, library, launcher };
}

/**
 * The ranks that `mpirun` or `srun` started this process among, on the MPI library of that launcher; undefined where it was started
 * alone. A process is a rank once: later calls give the same. However it ends, `leave` or `abort` ends its part of the job.
 * @throws InputError where no library can be loaded, or it does not belong to the launcher
 * @example
 * ```ts
 * import { oneRank } from '@idlm/core-diffusion/ranks';
 * import { openRanks } from '@idlm/mpi';
 *
 * const ranks = (await openRanks()) ?? oneRank; // alone, unless mpirun started this
 * const numbers = Float32Array.of(ranks.rank, 1);
 * await ranks.sum(numbers);
 * console.log(ranks.size, ...numbers); // → 1 0 1
 * ```
 */
export async function openRanks({ patience = 1800 }: MpiOptions = {}): Promise<MpiRanks | undefined> {
  const launched = isRank() ? launchedRank() : undefined;
  if (!launched) return opened;
  return (opened ??= open(launched, checkPatience(patience)));
}
