import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { libraryCandidates } from './find';

const describeLinux = process.platform === 'linux' ? describe : describe.skip;

describeLinux('libraryCandidates', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpi-'));
    for (const name of ['bin', 'own/bin', 'own/lib']) await mkdir(join(folder, name), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));
  const found = (launcher?: 'Open MPI' | 'PMI' | 'Slurm') => libraryCandidates({ PATH: join(folder, 'bin') }, launcher);

  it('are what the variable names, and nothing else', () => {
    expect(libraryCandidates({ IDLM_MPI_LIBRARY: '/opt/libmpi.so', PATH: '' }, 'PMI')).toEqual(['/opt/libmpi.so']);
  });

  it('are those of the launcher by name, the standard interface first', () => {
    expect(found('Open MPI')).toEqual(['libmpi.so.40']);
    expect(found('PMI')).toEqual(['libmpi_abi.so.1', 'libmpi.so.12', 'libmpich.so.12']);
    expect(found('Slurm')).toEqual([...found('PMI'), ...found('Open MPI')]);
  });

  it('are those of Open MPI first where Slurm tells ranks by PMIx', () => {
    const byPmix = { PATH: join(folder, 'bin'), PMIX_NAMESPACE: 'slurm.pmix.4.0' };
    expect(libraryCandidates(byPmix, 'Slurm')).toEqual([...found('Open MPI'), ...found('PMI')]);
  });

  it('are first those beside the launcher on the path, also where a link leads', async () => {
    await writeFile(join(folder, 'own/bin/mpirun'), '');
    await symlink(join(folder, 'own/bin/mpirun'), join(folder, 'bin/mpirun'));
    for (const name of ['libmpi.so.12', 'libmpi.so.40']) await writeFile(join(folder, 'own/lib', name), '');
    const beside = (name: string) => join(folder, 'own/lib', name);
    expect(found('Open MPI')).toEqual([beside('libmpi.so.40'), 'libmpi.so.40']);
    expect(found('PMI')[0]).toBe(beside('libmpi.so.12'));
  });
});
