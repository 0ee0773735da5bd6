import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import type { MpiRanks } from '@idlm/mpi';
import { examineRanks } from './ranks';

const library: MpiRanks['library'] = {
  ...{ file: 'libmpi.so', version: 'Open MPI v5.0.11', kind: 'open-mpi', threads: 'multiple' },
};

/** What each of some ranks finds, some of whose calls are otherwise. */
const found = (size: number, change: (ranks: MpiRanks) => Partial<MpiRanks> = () => ({})) =>
  Promise.all(
    ranksInMemory(size).map((communicator) => {
      const ranks = { ...communicator, library, launcher: 'Slurm' } as MpiRanks;
      return examineRanks({ ...ranks, ...change(ranks) }, 2 ** 10);
    }),
  );

/** As on rank 0 where one of the sums of so many numbers comes out wrong. @param time which of them, from 0 on */
function wrong(count: number, time: number) {
  let times = 0;
  return (ranks: MpiRanks): Partial<MpiRanks> => ({
    sum: async (values) => {
      await ranks.sum(values);
      if (ranks.rank === 0 && values.length === count && times++ === time) values[count - 1]! += 1;
    },
  });
}

it('ranks that add rightly are told with their number, machine, launcher and speed', async () => {
  for (const [mpi, ranks, ...others] of await found(4)) {
    expect(others).toEqual([]);
    expect(mpi).toMatchObject({ what: 'MPI', state: 'ok', found: expect.stringMatching(/^Open MPI v5.0.11, by /) });
    expect(ranks).toMatchObject({ what: 'ranks', state: 'ok' });
    expect(ranks!.found).toMatch(
      /^4 on one machine, started by Slurm, add numbers rightly: one number takes [\d.]+ ms, 0.00390625 MiB \d+ ms$/,
    );
  }
});

it('machines are counted by their names', async () => {
  const names = ['node-1', 'node-2', 'node-1'].map((name) => new TextEncoder().encode(name));
  const [[, ranks] = []] = await found(3, () => ({ gather: async () => names }));
  expect(ranks!.found).toMatch(/^3 on 2 machines, started by Slurm/);
});

it.each([
  ['one number', 1, 0],
  ['many numbers', 2 ** 10, 0],
  ['many numbers, once among several', 2 ** 10, 1],
])('a wrong sum of %s on one rank is an error on all', async (_, count, time) => {
  for (const [mpi, ranks] of await found(2, wrong(count, time))) {
    expect(mpi!.state).toBe('ok');
    expect(ranks).toEqual({
      what: 'ranks',
      state: 'error',
      found: '2 on one machine, started by Slurm, find a wrong sum',
      advice: 'use another MPI',
    });
  }
});
