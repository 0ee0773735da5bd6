import { InputError } from '@idlm/core-diffusion/errors';
import { LIBRARY_VARIABLE } from './library-variable';

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A rank as its launcher tells it, before any library is loaded. */
export interface Launched {
  /** Who started it. */
  readonly launcher: 'Open MPI' | 'PMI' | 'Slurm';
  readonly rank: number;
  readonly size: number;
}

/** Variables by which launchers tell a rank its number and how many there are. */
const TOLD: readonly (readonly [Launched['launcher'], rank: string, size: string])[] = [
  // Also set by Open MPI 5, whose launcher is PRRTE.
  ['Open MPI', 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  // Hydra of MPICH, Intel MPI and MVAPICH; Slurm's PMI plugins too.
  ['PMI', 'PMI_RANK', 'PMI_SIZE'],
  ['Slurm', 'SLURM_PROCID', 'SLURM_STEP_NUM_TASKS'],
];

/** Beginnings of variables that make a child process a rank too. */
const OF_LAUNCHERS = /^(OMPI_|PMIX_|PMI_|PRTE_|HYDI_|HYDRA_|MPI_LOCAL|MPIR_)/;

/**
 * Which of several ranks this process is; undefined where it was started alone. Batch scripts of Slurm are tasks of their own, so that
 * its variables count in steps that `srun` has started alone.
 * @throws InputError for numbers that are none
 */
export function launchedRank(environment: Environment = process.env): Launched | undefined {
  for (const [launcher, rankName, sizeName] of TOLD) {
    const [rankText, sizeText] = [environment[rankName], environment[sizeName]];
    if (rankText === undefined || sizeText === undefined) continue;
    if (launcher === 'Slurm' && environment['SLURM_STEP_ID'] === undefined) continue;
    const [rank, size] = [Number(rankText), Number(sizeText)];
    if (!(Number.isInteger(rank) && Number.isInteger(size) && rank >= 0 && rank < size))
      throw new InputError(
        `The launcher says that this is rank ${rankText} of ${sizeText} (${rankName}, ${sizeName}); start it with mpirun or srun, or unset both.`,
      );
    return size > 1 ? { launcher, rank, size } : undefined;
  }
  return undefined;
}

/** Whether a launcher has started several of this process, which are to be ranks. */
export const isRank = (environment: Environment = process.env): boolean =>
  environment[LIBRARY_VARIABLE] !== 'none' && TOLD.some(([, , size]) => Number(environment[size]) > 1);

/** Names of the variables that would make a child process a rank of the same job. */
export const launcherVariables = (environment: Environment): string[] =>
  Object.keys(environment).filter((name) => OF_LAUNCHERS.test(name));
