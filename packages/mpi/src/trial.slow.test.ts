import { join } from 'node:path';
import { type MpiName, installMpi } from '@idlm/tools/mpi';
import { findLauncher, isLauncherOf } from './launcher-program';
import { tryMpi } from './trial';

jest.setTimeout(240_000);

const before = { ...process.env };
afterEach(() => (process.env = { ...before }));

/** What is found where one MPI is first on the path. */
const tried = async (variables: Readonly<Record<string, string>>) => {
  Object.assign(process.env, variables);
  return { trial: await tryMpi(), launcher: await findLauncher() };
};

it.each<[MpiName, object]>([
  ['openmpi', { kind: 'open-mpi', version: expect.stringMatching(/^Open MPI v5\.0/) }],
  ['mpich', { kind: 'abi', version: expect.stringMatching(/^MPICH Version: 5\.0/) }],
])('%s adds numbers as one rank, and its launcher belongs to it', async (name, expected) => {
  const mpi = installMpi(name);
  if (typeof mpi === 'string') return console.warn(`Not tested: ${mpi}`);
  const { trial, launcher } = await tried({ PATH: `${join(mpi.home, 'bin')}:${before['PATH']}` });
  expect(trial).toEqual({
    library: { file: expect.stringContaining(mpi.home), threads: 'multiple', ...expected },
  });
  expect(launcher!.path).toBe(join(mpi.home, 'bin/mpirun'));
  expect('library' in trial && isLauncherOf(launcher!, trial.library)).toBe(true);
});

it('that cannot start says why, and one that is none is not there', async () => {
  const mpi = installMpi('openmpi');
  if (typeof mpi === 'string') return console.warn(`Not tested: ${mpi}`);
  const path = `${join(mpi.home, 'bin')}:${before['PATH']}`;
  const broken = await tried({ PATH: path, OMPI_MCA_pml: 'no-such-part' });
  expect(broken.trial).toEqual({ broken: expect.stringMatching(/\w/) });
  const absent = await tried({ PATH: path, IDLM_MPI_LIBRARY: '/nowhere/libmpi.so' });
  expect(absent.trial).toEqual({
    absent: expect.stringContaining('No MPI library can be loaded (/nowhere/libmpi.so: '),
  });
});
