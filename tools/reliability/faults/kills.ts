import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lostCheckpoints, lostInTheEnd } from './checks';
import type { Fault } from './fault';
import { buildChild, startChild } from './process';
import { train } from './training';

/** Milliseconds after its beginning within which a training is killed: some updates and saves. */
const WITHIN = 400;

/** `kill -9` at a random moment, over and over, of a training that saves after each update; every second one saves by a thread. */
export const kills: Fault = {
  name: 'kill',
  what: 'kill -9 at a random moment of a training that saves after every update',
  times: 200,
  timesInShort: 8,
  async run({ folder, times, random }) {
    const program = await buildChild();
    const path = join(folder, 'run');
    await train({ path, mode: 'new', updates: 1 });
    const lost: string[] = [];
    let inSaves = 0;
    for (let i = 0; i < times; i++) {
      const child = startChild(program, { path, mode: 'resume', updates: 1e6, isBeside: i % 2 === 1 });
      if ((await child.began) === undefined) lost.push(`It did not go on: ${(await child.ended).err}`);
      await wait(WITHIN * random());
      child.process.kill('SIGKILL');
      await child.ended;
      lost.push(...(await lostCheckpoints(path, child.saved())));
      if ((await readdir(join(path, 'checkpoints'))).some((name) => name.includes('.tmp-'))) inSaves++;
    }
    return { tried: times, lost: [...lost, ...(await lostInTheEnd({ path }))], note: `${inSaves} inside a save` };
  },
};
