import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { samplesFolder } from './samples-folder';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samples-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes a line per text, and drops the samples after the checkpoint that it resumes from', async () => {
  const inFolder = join(folder, 'samples');
  const sink = samplesFolder(inFolder);
  await sink.start(0);
  for (const step of [2, 4, 10])
    await sink.write({ kind: 'samples', step, texts: [{ text: `at ${step}` }, { text: 'two\nlines' }] });
  await writeFile(join(inFolder, 'mine.txt'), '');
  await samplesFolder(inFolder).start(4);
  expect((await readdir(inFolder)).sort()).toEqual(['mine.txt', 'step-2.jsonl', 'step-4.jsonl']);
  expect(await readFile(join(inFolder, 'step-4.jsonl'), 'utf8')).toBe('{"text":"at 4"}\n{"text":"two\\nlines"}\n');
});
