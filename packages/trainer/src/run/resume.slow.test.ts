import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import { bytesOf, taskNames, tinyTask, trainIn } from '../../test/train';

let engine: Engine;
let parent: string;
beforeAll(async () => {
  engine = await useBackend();
});
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'trainer-'));
});
afterEach(() => rm(parent, { recursive: true }));

const at = (name: string) => join(parent, name);

describe.each(taskNames)('a resumed run of the %s task', (name) => {
  it('equals an unbroken one byte for byte, over epochs and with other intervals of saving', async () => {
    const unbroken = tinyTask(engine, name);
    await trainIn(at('whole'), unbroken, { config: { updates: 9, checkpointEvery: 100 } });
    unbroken.dispose();
    const first = tinyTask(engine, name);
    await trainIn(at('parts'), first, { config: { updates: 4, checkpointEvery: 3 } });
    first.dispose();
    for (const updates of [5, 9]) {
      const next = tinyTask(engine, name);
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
