import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dry-run-'));
  await writeFile(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

it('--dry-run says what a run would cost, and writes nothing', async () => {
  const nowhere = join(folder, 'nothing');
  const { code, out, err } = await idlm(
    'train',
    '--dry-run',
    '--out',
    nowhere,
    ...tiny,
    '--set',
    `data.corpus=${join(folder, 'text.txt')}`,
  );
  expect([code, existsSync(nowhere)]).toEqual([0, false]);
  // 48 tokens in float32: 6 copies of 5812 weights; a block of width 16 and 2 heads over 12 positions, half of the logits of 28.
  expect(out).toBe(
    [
      'training the teacher: 6 updates of 48 tokens',
      'parameters: 5.81 k per network, 1 trained and 0 only run',
      'memory: about 191 MB at its peak on wasm: 190 MB of the process, 139 kB of weights, averages, moments and gradients, 464 kB of activations, logits and draws, 1.76 kB of text',
      'time: about 1 min where "idlm engine info" measures 100 GFLOP/s, and in proportion elsewhere\n',
    ].join('\n'),
  );
  // An engine that is not opened says nothing of itself.
  expect(err).not.toContain('Engine:');
});
