import { runFolder } from '../../test/run-folder';
import { bytesOf, taskNames, tinyTask, trainIn } from '../../test/train';

const runs = runFolder();
const { at } = runs;

describe.each(taskNames)('a resumed run of the %s task', (name) => {
  it('equals an unbroken one byte for byte, over epochs and with other intervals of saving', async () => {
    const unbroken = tinyTask(runs.engine, name);
    await trainIn(at('whole'), unbroken, { config: { updates: 9, checkpointEvery: 100 } });
    unbroken.dispose();
    const first = tinyTask(runs.engine, name);
    await trainIn(at('parts'), first, { config: { updates: 4, checkpointEvery: 3 } });
    first.dispose();
    for (const updates of [5, 9]) {
      const next = tinyTask(runs.engine, name);
      const { events } = await trainIn(at('parts'), next, {
        resume: 'latest',
        config: { updates, checkpointEvery: 2 },
      });
      expect(events[0]).toMatchObject({ kind: 'start', step: updates === 5 ? 4 : 5, updates });
      next.dispose();
    }
    expect(await bytesOf(at('parts'), 9)).toEqual(await bytesOf(at('whole'), 9));
  });
});
