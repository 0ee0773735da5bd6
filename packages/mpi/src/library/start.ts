import { InputError } from '@idlm/core-diffusion/errors';
import type { Launched } from '../launcher';
import type { MpiFunctions } from './functions';
import type { Kind } from './implementation';
import { LIBRARY_VARIABLE } from '../library-variable';

/** An MPI library that has been started. */
export interface MpiLibrary {
  /** Path, or a name for the system's loader. */
  readonly file: string;
  /** What it says that it is, such as `Open MPI v5.0.11`. */
  readonly version: string;
  /** Whose binary interface it has; `abi`: the standard's own. */
  readonly kind: Kind;
  /** The level that it gave: `MPI_THREAD_MULTIPLE` or `MPI_THREAD_SERIALIZED`. */
  readonly threads: 'multiple' | 'serialized';
}

/**
 * Variables that UCX, on which libraries may be built, reads when it is loaded. Its hooks of memory functions end Node now and then
 * with a damaged heap at its exit, and its handler of SIGSEGV takes over what WebAssembly needs for accesses out of bounds.
 */
const UCX = { UCX_MEM_EVENTS: 'n', UCX_HANDLE_ERRORS: 'none' };

/** Sets the variables that a library reads when it is loaded, unless the user has. */
export function setVariables(): void {
  for (const [name, value] of Object.entries(UCX)) process.env[name] ??= value;
}

const wrongLibrary = ({ launcher, size }: Launched, found: string): InputError =>
  new InputError(
    `${launcher} started ${size} ranks, and ${found}: this library does not belong to that launcher. Put the mpirun of one MPI first on the PATH, or name its library by ${LIBRARY_VARIABLE}${launcher === 'Slurm' ? ', or choose another "srun --mpi"' : ''}; ${LIBRARY_VARIABLE}=none starts each by itself.`,
  );

/**
 * Starts MPI, unless it is known to end the process there.
 * @param launched who started this process among others; a process alone is the one rank of its job
 * @throws InputError for a library that does not belong to the launcher, or cannot be called from another thread
 */
export function start(mpi: MpiFunctions, launched?: Launched): MpiLibrary {
  const { file, version, kind } = mpi;
  if (launched?.launcher === 'Open MPI' && kind === 'mpich') throw wrongLibrary(launched, `${version} was found`);
  const threads = mpi.init();
  try {
    const found = mpi.size();
    if (launched && found !== launched.size) throw wrongLibrary(launched, `${version} finds ${found}`);
    if (threads === 'less')
      throw new InputError(
        `${version} was built without threads (less than MPI_THREAD_SERIALIZED), which waiting beside JavaScript needs; use another build.`,
      );
    return { file, version, kind, threads };
  } catch (error) {
    mpi.finalize();
    throw error;
  }
}
