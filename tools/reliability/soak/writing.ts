import { join } from 'node:path';
import { openModel } from '@idlm/recipe';
import { recorder } from './recorder';
import type { Soak } from './soak';
import { SMALL, trainUntil } from './training';

/** Updates of the model that writes. */
const UPDATES = 100;

/** Writes texts over and over: the same seed gives the same text at every time. */
export const writing: Soak = {
  name: 'writing',
  async run({ folder, engine, seconds }) {
    const out = join(folder, 'writer');
    await trainUntil((step) => step >= UPDATES, { out, engine });
    const model = await openModel(out, SMALL, { engine });
    const { readings, look } = recorder(seconds);
    const write = async (seed: number) => (await model.sample({ count: 4, seed })).join('\n');
    const first = await write(0);
    let isSame = true;
    for (let done = 0; !look(4 * done); done++)
      if ((await write(done % 10)) !== first && done % 10 === 0) isSame = false;
    return { readings, wrong: isSame ? [] : ['The same seed gave another text.'] };
  },
};
