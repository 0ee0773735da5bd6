import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { lostInTheEnd } from './checks';
import type { Fault } from './fault';
import { train } from './training';

/** A run directory that gets another name between two sessions. */
export const moved: Fault = {
  name: 'moved',
  what: 'a run directory that is moved between two sessions',
  times: 20,
  timesInShort: 3,
  async run({ folder, times }) {
    let path = join(folder, 'run-0');
    await train({ path, mode: 'new', updates: 1 });
    for (let i = 1; i <= times; i++) {
      const next = join(folder, `run-${i}`);
      await rename(path, next);
      path = next;
      await train({ path, mode: 'resume', updates: 1 + 2 * i });
    }
    return { tried: times, lost: await lostInTheEnd({ path }) };
  },
};
