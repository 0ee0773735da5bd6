import { isLauncherOf, readVersion } from './launcher-program';

describe('a launcher', () => {
  // As they answer "--version".
  const OPEN_MPI_5 = 'mpirun (Open MPI) 5.0.11\n\nReport bugs to https://www.open-mpi.org/community/help/\n';
  const HYDRA =
    'HYDRA build details:\n    Version:                                 5.0.2\n    Release Date: Wed\n    CC: gcc\n';
  const INTEL =
    'Intel(R) MPI Library for Linux* OS, Version 2021.12 Build 20240213 (id: 4f55822)\nCopyright 2003-2024\n';

  it.each([
    [OPEN_MPI_5, { version: 'mpirun (Open MPI) 5.0.11', starts: 'Open MPI' }],
    [HYDRA, { version: 'Hydra 5.0.2', starts: 'MPICH' }],
    [INTEL, { version: 'Intel MPI 2021.12', starts: 'MPICH' }],
    ['launch 1.0\nby nobody', { version: 'launch 1.0' }],
    ['', { version: '' }],
  ])('tells what it is: %j', (answer, expected) => expect(readVersion(answer)).toEqual(expected));

  it.each([
    [OPEN_MPI_5, 'Open MPI v5.0.11', true],
    [OPEN_MPI_5, 'Open MPI v4.1.4', false],
    [OPEN_MPI_5, 'MPICH Version: 5.0.2', false],
    [HYDRA, 'MPICH Version: 4.0.2', true],
    [INTEL, 'MPICH Version: 5.0.2', true],
    [HYDRA, 'Open MPI v5.0.11', false],
    ['launch 1.0', 'Open MPI v5.0.11', undefined],
  ])('goes with a library, or not: %j with %s', (answer, version, expected) =>
    expect(isLauncherOf({ path: '', ...readVersion(answer) }, { version })).toBe(expected),
  );
});
