import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SOURCES = ['--conditions=@idlm/source', '--import', 'tsx'];

it('a run that hangs before its first update, and holds its thread, is told of', async () => {
  const script = join(__dirname, '../../test/hanging-training.ts');
  const child = spawn(process.execPath, [...SOURCES, script], { stdio: ['ignore', 'inherit', 'pipe'] });
  const exit = once(child, 'exit');
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stderr }))
    if (told.push(line) && line.startsWith('warning: ')) break;
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(told).toEqual([
    '',
    expect.stringMatching(/^warning: Rank 2: No update was made for 0\.0017 minutes: the run may hang/),
  ]);
});
