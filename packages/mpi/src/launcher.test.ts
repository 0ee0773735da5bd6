import { launchedRank, launcherVariables } from './launcher';

describe('launchedRank', () => {
  it.each([
    ['Open MPI', { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' }],
    ['PMI', { PMI_RANK: '1', PMI_SIZE: '4', SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' }],
    ['Slurm', { SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '4', SLURM_STEP_ID: '0', PMIX_RANK: '1' }],
  ])('is told by %s', (launcher, environment) => {
    expect(launchedRank(environment)).toEqual({ launcher, rank: 1, size: 4 });
  });

  it('is none where a process is alone', () => {
    expect(launchedRank({})).toBeUndefined();
    expect(launchedRank({ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' })).toBeUndefined();
    // A batch script, of which no step has begun.
    expect(launchedRank({ SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '4' })).toBeUndefined();
  });

  it.each([
    ['4', '4'],
    ['-1', '4'],
    ['one', '4'],
    ['0.5', '2'],
  ])('refuses rank %s of %s', (rank, size) => {
    expect(() => launchedRank({ PMI_RANK: rank, PMI_SIZE: size })).toThrow(
      `The launcher says that this is rank ${rank} of ${size} (PMI_RANK, PMI_SIZE); start it with mpirun or srun, or unset both.`,
    );
  });
});

it('variables of launchers are those alone', () => {
  const given = { PMI_FD: '3', PMIX_RANK: '0', OMPI_COMM_WORLD_SIZE: '2', PATH: '/bin', HOME: '/', MPICH_DIR: '/' };
  expect(launcherVariables(given)).toEqual(['PMI_FD', 'PMIX_RANK', 'OMPI_COMM_WORLD_SIZE']);
});
