import { join } from 'node:path';
import { lostCheckpoints, lostInTheEnd } from './checks';
import type { Fault } from './fault';
import { buildChild, startChild } from './process';
import { train } from './training';

/** Two processes that go on with one run at the same time: one does, the other refuses in a sentence. */
export const twoProcesses: Fault = {
  name: 'two',
  what: 'two processes on one run directory',
  times: 20,
  timesInShort: 2,
  async run({ folder, times }) {
    const program = await buildChild();
    const path = join(folder, 'run');
    await train({ path, mode: 'new', updates: 1 });
    const lost: string[] = [];
    for (let i = 0; i < times; i++) {
      const two = [0, 1].map(() => startChild(program, { path, mode: 'resume', updates: 1e6 }));
      const refused = await Promise.race(two.map(async ({ ended }, at) => ({ at, ...(await ended) })));
      if (refused.code !== 2 || !refused.err.includes('is writing to'))
        lost.push(`One ended with code ${refused.code}: ${refused.err}`);
      const other = two[1 - refused.at]!;
      if ((await other.began) === undefined) lost.push('Both were refused.');
      other.process.kill('SIGKILL');
      await other.ended;
      lost.push(...(await lostCheckpoints(path, other.saved())));
    }
    return { tried: times, lost: [...lost, ...(await lostInTheEnd({ path }))] };
  },
};
