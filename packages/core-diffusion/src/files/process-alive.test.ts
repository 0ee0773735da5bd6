import { spawnSync } from 'node:child_process';
import { isProcessAlive } from './process-alive';

it('a process is alive until it has ended, whoever owns it', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  expect([isProcessAlive(process.pid), isProcessAlive(1), isProcessAlive(pid)]).toEqual([true, true, false]);
});
