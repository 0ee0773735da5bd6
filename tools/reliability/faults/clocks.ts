import { join } from 'node:path';
import { lostCheckpoints, lostInTheEnd } from './checks';
import type { Fault } from './fault';
import { train } from './training';

const YEAR = 365 * 24 * 3600 * 1000;

/** A clock that is set forward or back by up to a year, at every look. */
export const clocks: Fault = {
  name: 'clock',
  what: 'a clock that jumps by up to a year, forward and back, at each look at it',
  times: 50,
  timesInShort: 4,
  async run({ folder, times, random }) {
    const path = join(folder, 'run');
    const clock = () => Date.now() + YEAR * (2 * random() - 1);
    await train({ path, mode: 'new', updates: 1, clock });
    const lost: string[] = [];
    for (let i = 1; i <= times; i++) {
      await train({ path, mode: 'resume', updates: 1 + 2 * i, clock });
      lost.push(...(await lostCheckpoints(path, 1 + 2 * i)));
    }
    return { tried: times, lost: [...lost, ...(await lostInTheEnd({ path, clock }))] };
  },
};
