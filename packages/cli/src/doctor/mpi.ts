import { type LauncherProgram, type MpiLibrary, type MpiTrial, findLauncher, isLauncherOf, tryMpi } from '@idlm/mpi';
import type { Finding } from './finding';

const INTERFACES: Readonly<Record<MpiLibrary['kind'], string>> = {
  abi: "the standard's own binary interface",
  mpich: "MPICH's binary interface",
  'open-mpi': "Open MPI's binary interface",
};

/** A library in a clause. */
export const describeLibrary = ({ version, kind, threads, file }: MpiLibrary): string =>
  `${version}, by ${INTERFACES[kind]}, with MPI_THREAD_${threads.toUpperCase()}, at ${file}`;

/** How a launcher goes with a library. */
function examineLauncher(launcher: LauncherProgram | undefined, library: MpiLibrary): Finding {
  const what = 'MPI launcher';
  if (!launcher)
    return {
      what,
      state: 'absent',
      found: 'no mpirun on the PATH',
      advice: 'put that of the library there, or use srun',
    };
  const [found, matches] = [`${launcher.version}, at ${launcher.path}`, isLauncherOf(launcher, library)];
  if (matches === false)
    return {
      what,
      state: 'error',
      found: `${found}, is not that of the library: its ranks would not find one another`,
      advice: 'put the mpirun of one MPI first on the PATH, or name its library by IDLM_MPI_LIBRARY',
    };
  return { what, state: 'ok', found, advice: '"mpirun -n 2 idlm doctor" tries several ranks' };
}

/**
 * What is said of a library that was tried and of the launcher on the PATH.
 * @param isNamed whether IDLM_MPI_LIBRARY asks for a library
 */
export function mpiFindings(trial: MpiTrial, launcher: LauncherProgram | undefined, isNamed: boolean): Finding[] {
  const what = 'MPI';
  if ('library' in trial) {
    const found = `${describeLibrary(trial.library)}; one rank adds numbers`;
    return [{ what, state: 'ok', found }, examineLauncher(launcher, trial.library)];
  }
  if ('broken' in trial)
    return [
      { what, state: 'error', found: `it does not work as one rank: ${trial.broken}`, advice: 'install another' },
    ];
  if (launcher || isNamed) return [{ what, state: 'error', found: trial.absent.replace(/\.$/, '') }];
  const found = 'no library and no mpirun; they share a training among processes and machines';
  return [{ what, state: 'absent', found, advice: 'see docs/many-machines.md' }];
}

/** MPI as a process by itself finds it: the library is started as one rank, and the launcher asked for its version. */
export async function examineMpi(): Promise<Finding[]> {
  const { IDLM_MPI_LIBRARY: named } = process.env;
  if (named === 'none') return [{ what: 'MPI', state: 'absent', found: 'turned off by IDLM_MPI_LIBRARY=none' }];
  return mpiFindings(await tryMpi(), await findLauncher(), Boolean(named));
}
