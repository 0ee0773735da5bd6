import { join } from 'node:path';
import { type Bundle, bundleOf } from '@idlm/tools/bundles';
import { type InstalledMpi, type MpiName, installMpi, launchRanks } from '@idlm/tools/mpi';

// Each starts processes, which take turns on few cores.
jest.setTimeout(90_000);
// On a busy machine MPICH 5.0.2's launcher ends a job with 9 now and then, although every rank has finalized and left with 0.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

let bundle: Bundle;
beforeAll(() => void (bundle = bundleOf(join(__dirname, '../test/rank.ts'))));
afterAll(() => bundle.remove());

describe.each<MpiName>(['openmpi', 'mpich'])('ranks on %s', (name) => {
  let mpi: InstalledMpi;
  const skipped = (): boolean => mpi === undefined;
  beforeAll(() => {
    const installed = installMpi(name);
    if (typeof installed === 'string') console.warn(`Not tested: ${installed}`);
    else mpi = installed;
  }, 600_000);

  const end = (how: string, ranks = 2, environment: Record<string, string> = {}) =>
    launchRanks(mpi, { ranks, argv: [bundle.program, how], environment }).ended;

  it.each([2, 4])('%d of them add, gather and broadcast, and find the same', async (size) => {
    if (skipped()) return;
    const { code, out, err } = await end('calls', size);
    expect({ code, err, ...(code && { out }) }).toEqual({ code: 0, err: '' });
    const found = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(found.map(({ rank }) => rank).sort()).toEqual(Array.from({ length: size }, (_, rank) => rank));
    const sum = (size * (size - 1)) / 2;
    const [{ rank: _, rounded, ...first }, ...others] = found as [
      Record<string, unknown>,
      ...Record<string, unknown>[],
    ];
    for (const { rank: _other, ...other } of others) expect(other).toEqual({ rounded, ...first });
    expect(first).toEqual({
      size,
      ends: [0, 6, (2 ** 18 + 4) % 7].map((one) => size * one + sum),
      gathered: Array.from({ length: size }, (__, rank) => Array.from({ length: 2 * rank }, () => rank + 1)),
      broadcast: [3_000_001, 5, 5],
      atOnce: [size, 10 * size, 100 * size],
      any: [true, false],
      refused: 'none here',
      library: {
        version: expect.stringMatching(name === 'openmpi' ? /^Open MPI v5\.0/ : /^MPICH Version: 5\.0/),
        kind: name === 'openmpi' ? 'open-mpi' : 'abi',
        file: expect.stringContaining(mpi.home),
        threads: 'multiple',
      },
      variables: [],
      ucx: ['n', 'none'],
    });
    // Each number, and the sum, is rounded to 8 bits; so each is off by at most 2⁻⁸ of itself.
    (rounded as number[]).forEach((value, i) => {
      const exact = (size * (i + 1)) / 3 + sum;
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 * 2 ** -8 * exact);
      // And has no more bits than bfloat16.
      expect(new Uint32Array(Float32Array.of(value).buffer)[0]! & 0xffff).toBe(0);
    });
  });

  it('end the job however one of them ends', async () => {
    if (skipped()) return;
    const [all, alone, thrown, exit, killed, late] = await Promise.all([
      end('together', 3),
      end('alone'),
      end('thrown'),
      end('exit'),
      end('killed'),
      end('late'),
    ]);
    // All at their ends: the largest of the codes 2, 3 and 4; MPICH's launcher kills (9) those that have not ended when one has.
    expect(name === 'mpich' ? [4, 9] : [4]).toContain(all.code);
    // One that failed, which the others wait for, learns no codes and takes them along.
    expect(alone.code).toBe(7);
    expect(alone.out).toContain('codes: undefined');
    expect(thrown.code).toBe(1);
    expect(thrown.err).toContain('rank 1: TypeError: a fault of rank 1');
    expect(exit.code).toBe(1);
    expect(killed.code).not.toBe(0);
    expect(killed.code).not.toBeNull();
    expect(late.code).toBe(1);
    expect(late.err).toContain('rank 0 has waited 1 seconds for the others, one of which may be gone; the job ends.');
  });

  it('refuse a library of another launcher', async () => {
    if (skipped()) return;
    const other = installMpi(name === 'openmpi' ? 'mpich' : 'openmpi');
    if (typeof other === 'string') return;
    const library = join(other.home, 'lib', other.name === 'mpich' ? 'libmpi.so.12' : 'libmpi.so.40');
    const { code, err } = await end('calls', 2, { IDLM_MPI_LIBRARY: library });
    expect(code).not.toBe(0);
    expect(err).toMatch(/(Open MPI|PMI) started 2 ranks, and .* (was found|finds 1): this library does not belong/);
  });
});
