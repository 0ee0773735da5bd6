import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@idlm/tools/backend';
import { resolveConfig } from '../config/load';
import type { ConfigValues } from '../config/schema';
import { evaluate } from './evaluate';
import type { Model } from './model';
import { distill, trainTeacher } from './train';

const configWith = (data: ConfigValues['data'] = {}) =>
  resolveConfig({
    set: {
      engine: { name: 'wasm' },
      data: { length: 8, ...data },
      model: { hidden: 16, blocks: 1, heads: 2, cond: 4 },
      teacher: { updates: 1, batch: 2 },
      distillation: { updates: 1, batch: 2, guard: null },
      evaluation: { samples: 2, teacherSteps: [2], compareAt: 2 },
      logs: { samplesEvery: null },
    },
  });

let folder: string;
let teacher: Model;
beforeAll(async () => {
  await useBackend();
  folder = await mkdtemp(join(tmpdir(), 'text-at-hand-'));
  await writeFile(join(folder, 'trees.txt'), 'a tree and a bee and a sea '.repeat(50));
  teacher = await trainTeacher(configWith(), { text: 'the sea and the whale '.repeat(40) });
});
afterAll(() => rm(folder, { recursive: true }));

describe('the text of a model in memory', () => {
  it('gives way to one that is set', async () => {
    const config = configWith({ corpus: join(folder, 'trees.txt') });
    const { manifest } = await evaluate(config, { teacher });
    expect(manifest.text).toMatchObject({ corpus: join(folder, 'trees.txt'), characters: 27 * 50 });
    const student = await distill(config, { teacher });
    expect(student.corpus!.facts.characters).toBe(27 * 50);
  });

  it('is not taken for one that is split otherwise', async () => {
    const config = configWith({ heldOut: 0.4 });
    await expect(evaluate(config, { teacher })).rejects.toThrow('data.heldOut');
    await expect(distill(config, { teacher })).rejects.toThrow('data.heldOut');
    const same = configWith({ heldOut: 0.1, normalise: 'letters', layout: 'packed' });
    expect((await distill(same, { teacher })).corpus).toBe(teacher.corpus);
  });
});
