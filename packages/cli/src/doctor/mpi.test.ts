import type { LauncherProgram, MpiLibrary } from '@idlm/mpi';
import { describeLibrary, examineMpi, mpiFindings } from './mpi';

const library: MpiLibrary = {
  ...{ file: '/opt/mpi/lib/libmpi.so', version: 'Open MPI v5.0.11', kind: 'open-mpi', threads: 'multiple' },
};
const launcher: LauncherProgram = {
  ...{ path: '/opt/mpi/bin/mpirun', version: 'mpirun (Open MPI) 5.0.11', starts: 'Open MPI' },
};
const absent = { absent: 'No MPI library was found in /lib.' };

describe('a library that adds numbers', () => {
  it('is told with its interface, its level of threads and its file', () => {
    expect(mpiFindings({ library }, launcher, false)[0]).toEqual({
      what: 'MPI',
      state: 'ok',
      found:
        "Open MPI v5.0.11, by Open MPI's binary interface, with MPI_THREAD_MULTIPLE, at /opt/mpi/lib/libmpi.so; one rank adds numbers",
    });
  });

  it.each([
    ['abi', 'serialized', "by the standard's own binary interface, with MPI_THREAD_SERIALIZED, at"],
    ['mpich', 'multiple', "by MPICH's binary interface, with MPI_THREAD_MULTIPLE, at"],
  ] as const)('of the kind %s with %s threads is described so', (kind, threads, words) =>
    expect(describeLibrary({ ...library, kind, threads })).toContain(words),
  );

  it('goes with its own launcher, which tries several ranks', () => {
    expect(mpiFindings({ library }, launcher, false)[1]).toEqual({
      what: 'MPI launcher',
      state: 'ok',
      found: 'mpirun (Open MPI) 5.0.11, at /opt/mpi/bin/mpirun',
      advice: '"mpirun -n 2 idlm doctor" tries several ranks',
    });
  });

  it.each([
    ['of another major version', { ...launcher, version: 'mpirun (Open MPI) 4.1.6' }],
    ['of another MPI', { ...launcher, version: 'Hydra 4.2', starts: 'MPICH' as const }],
  ])('does not go with a launcher %s', (_, other) => {
    const [mpi, found] = mpiFindings({ library }, other, false);
    expect([mpi!.state, found]).toEqual([
      'ok',
      {
        what: 'MPI launcher',
        state: 'error',
        found: `${other.version}, at ${other.path}, is not that of the library: its ranks would not find one another`,
        advice: 'put the mpirun of one MPI first on the PATH, or name its library by IDLM_MPI_LIBRARY',
      },
    ]);
  });

  it('is not blamed for a launcher that does not tell whose it is', () => {
    const unknown = { path: '/bin/mpirun', version: 'prun 1' };
    expect(mpiFindings({ library }, unknown, false)[1]).toMatchObject({ state: 'ok', found: 'prun 1, at /bin/mpirun' });
  });

  it('may have no launcher, as where a cluster has its own', () => {
    expect(mpiFindings({ library }, undefined, false)[1]).toEqual({
      what: 'MPI launcher',
      state: 'absent',
      found: 'no mpirun on the PATH',
      advice: 'put that of the library there, or use srun',
    });
  });
});

it('a library that does not work is an error with its reason, whatever the launcher', () => {
  for (const one of [launcher, undefined])
    expect(mpiFindings({ broken: 'it ended by SIGSEGV' }, one, false)).toEqual([
      {
        what: 'MPI',
        state: 'error',
        found: 'it does not work as one rank: it ended by SIGSEGV',
        advice: 'install another',
      },
    ]);
});

describe('no library', () => {
  it('is nothing to mend where nothing asks for one', () => {
    expect(mpiFindings(absent, undefined, false)).toEqual([
      {
        what: 'MPI',
        state: 'absent',
        found: 'no library and no mpirun; they share a training among processes and machines',
        advice: 'see docs/many-machines.md',
      },
    ]);
  });

  it.each([
    ['a launcher is there', launcher, false],
    ['a variable names one', undefined, true],
  ])('is an error where %s', (_, one, isNamed) =>
    expect(mpiFindings(absent, one, isNamed)).toEqual([
      { what: 'MPI', state: 'error', found: 'No MPI library was found in /lib' },
    ]),
  );

  it('is looked for only where it is not turned off', async () => {
    const before = process.env['IDLM_MPI_LIBRARY'];
    process.env['IDLM_MPI_LIBRARY'] = 'none';
    const found = await examineMpi();
    if (before === undefined) delete process.env['IDLM_MPI_LIBRARY'];
    else process.env['IDLM_MPI_LIBRARY'] = before;
    expect(found).toEqual([{ what: 'MPI', state: 'absent', found: 'turned off by IDLM_MPI_LIBRARY=none' }]);
  });
});
