import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { lostCheckpoints, lostInTheEnd, lostMessage } from './checks';
import { mountDisk } from './disk';
import type { Fault } from './fault';
import { train } from './training';

/** A run directory that may not be written to when a run is to go on. */
export const readOnly: Fault = {
  name: 'read-only',
  what: 'a run directory that may only be read',
  times: 20,
  timesInShort: 3,
  async run({ folder, times }) {
    const disk = await mountDisk(join(folder, 'disk'), 16);
    const path = join(disk?.path ?? folder, 'run');
    const setReadOnly = disk?.setReadOnly ?? ((isReadOnly) => chmod(path, isReadOnly ? 0o500 : 0o700));
    try {
      await train({ path, mode: 'new', updates: 1 });
      const lost: string[] = [];
      for (let i = 1; i <= times; i++) {
        await setReadOnly(true);
        const refused = await lostMessage(train({ path, mode: 'resume', updates: 1 + 2 * i }));
        await setReadOnly(false);
        lost.push(...refused);
        lost.push(...(await lostCheckpoints(path, 2 * i - 1)));
        await train({ path, mode: 'resume', updates: 1 + 2 * i });
      }
      return { tried: times, lost: [...lost, ...(await lostInTheEnd({ path }))] };
    } finally {
      await disk?.remove();
    }
  },
};
