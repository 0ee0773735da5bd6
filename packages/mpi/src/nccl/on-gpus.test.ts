import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oneRank, ranksInMemory } from '@idlm/core-diffusion/ranks';
import koffi from 'koffi';
import { ranksOnGpus } from './on-gpus';

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
if (!hasCompiler) console.info('There is no compiler of C: the calls of NCCL are not tested here.');

describe('ranksOnGpus', () => {
  it('leaves ranks as they are where NCCL is not there, and a process by itself', async () => {
    const files = { nccl: ['/nowhere/libnccl.so.2'], cudart: ['/nowhere/libcudart.so'] };
    const ranks = ranksInMemory(2);
    const found = await Promise.all(ranks.map((one) => ranksOnGpus(one, files)));
    found.forEach((one, i) => expect(one).toBe(ranks[i]));
    expect(await ranksOnGpus(oneRank)).toBe(oneRank);
  });

  (hasCompiler ? it : it.skip)('adds where numbers lie, by the functions of NCCL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nccl-'));
    try {
      const library = join(folder, 'libfake.so');
      execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, join(__dirname, '../../test/fake-nccl.c')]);
      const files = { nccl: [library], cudart: ['/nowhere/libcudart.so', library] };
      const both = await Promise.all(ranksInMemory(2).map((one) => ranksOnGpus(one, files)));
      // Memory that C may write to: small arrays move until their buffers are asked for.
      const still = (values: Float32Array) => (void values.buffer, values);
      const arrays = [
        [still(Float32Array.of(1, 2, 3)), still(new Float32Array(100_000).fill(0.5))],
        [still(Float32Array.of(10, 20, 30)), still(new Float32Array(100_000).fill(2))],
      ];
      for (const times of [1, 2]) {
        await Promise.all(
          both.map((ranks, rank) =>
            ranks.sumOnDevice!(
              arrays[rank]!.map((values) => ({ address: Number(koffi.address(values)), length: values.length })),
            ),
          ),
        );
        for (const [few, many] of arrays) {
          expect([...few!]).toEqual([11, 22, 33].map((value) => value * times));
          expect(new Set(many)).toEqual(new Set([2.5 * times]));
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
