import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment, Launched } from '../launcher';
import { launchersOnPath } from '../launcher-program';
import { LIBRARY_VARIABLE } from '../library-variable';

/** Files of libraries whose binary interface is known, the standard's own first. */
const FILES: Readonly<Record<'abi' | 'mpich' | 'open-mpi', readonly string[]>> =
  process.platform === 'darwin'
    ? { abi: ['libmpi_abi.1.dylib'], mpich: ['libmpi.12.dylib'], 'open-mpi': ['libmpi.40.dylib'] }
    : { abi: ['libmpi_abi.so.1'], mpich: ['libmpi.so.12', 'libmpich.so.12'], 'open-mpi': ['libmpi.so.40'] };

/** Files that a launcher's ranks may be linked to, likeliest first. */
function filesFor(environment: Environment, launcher?: Launched['launcher']): readonly string[] {
  const [ofMpich, ofOpenMpi] = [[...FILES.abi, ...FILES.mpich], FILES['open-mpi']];
  if (launcher === 'Open MPI') return ofOpenMpi;
  if (launcher === 'PMI') return ofMpich;
  // `srun --mpi=pmix`: Open MPI finds its ranks by PMIx alone, and MPICH by it only where it was built so.
  const isByPmix = launcher === 'Slurm' && environment['PMIX_NAMESPACE'] !== undefined;
  return isByPmix ? [...ofOpenMpi, ...ofMpich] : [...ofMpich, ...ofOpenMpi];
}

/** Folders of libraries that belong to the launchers on the path. */
function foldersOfLaunchers(environment: Environment): string[] {
  // Also where a link leads: distributions put one into /usr/bin.
  const folders = launchersOnPath(environment).flatMap((file) => [dirname(file), dirname(realpathSync(file))]);
  return folders.flatMap((folder) => ['lib', 'lib64'].map((name) => join(folder, '..', name)));
}

/**
 * Where a launcher's library may be, likeliest first: what the variable names, else beside the launchers on the path, else as the
 * system's loader finds it. A plain name is for the loader.
 */
export function libraryCandidates(environment: Environment, launcher?: Launched['launcher']): string[] {
  const given = environment[LIBRARY_VARIABLE];
  if (given) return [given];
  const files = filesFor(environment, launcher);
  const beside = foldersOfLaunchers(environment).flatMap((folder) => files.map((file) => join(folder, file)));
  return [...new Set([...beside.filter((file) => existsSync(file)), ...files])];
}
