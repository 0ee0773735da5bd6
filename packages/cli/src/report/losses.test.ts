import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLosses } from './losses';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'losses-'));
});
afterAll(() => rm(folder, { recursive: true }));

const first = '{"step":1,"teacher/loss":3,"tokensPerSecond":9}\n';

it.each([
  [
    'whole',
    `${first}{"step":2,"teacher/loss":2}\n`,
    [
      [1, 3],
      [2, 2],
    ],
    [],
  ],
  ['cut in its last line', `${first}{"step":2,"teach`, [[1, 3]], []],
  [
    'damaged',
    `${first}null\n{"step":"x"}\n{"step":2,"teacher/loss":2}\n`,
    [
      [1, 3],
      [2, 2],
    ],
    ['has 2 lines that are no metrics'],
  ],
  ['without numbers', `${first}{"step":2,"teacher/loss":null}\n`, [[1, 3]], []],
])('reads losses of a log that is %s', async (_, text, curve, notes) => {
  await writeFile(join(folder, 'metrics.jsonl'), text);
  const found = await readLosses(folder);
  expect(found.curves).toEqual({ 'teacher/loss': curve });
  expect(found.notes).toEqual(notes.map((words) => expect.stringContaining(words) as string));
});

it('finds none where there is no log', async () => {
  expect(await readLosses(join(folder, 'none'))).toEqual({ curves: {}, notes: [] });
});
