import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFolder } from './replace-folder';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replace-'));
  for (const name of ['made', 'to']) {
    await mkdir(inFolder(name));
    await writeFile(inFolder(name, 'file'), name);
  }
});
afterEach(() => rm(folder, { recursive: true }));

it('puts a folder in the place of another, and leaves nothing beside it', async () => {
  await replaceFolder(inFolder('made'), inFolder('to'));
  expect([await readdir(folder), await readFile(inFolder('to', 'file'), 'utf8')]).toEqual([['to'], 'made']);
});

it('puts the other back where it cannot be put there', async () => {
  const failing = (from: string, to: string) =>
    from === inFolder('made') ? Promise.reject(new Error('no room')) : rename(from, to);
  await expect(
    replaceFolder(inFolder('made'), inFolder('to'), { rename: failing as typeof rename, rm }),
  ).rejects.toThrow('no room');
  expect(await readFile(inFolder('to', 'file'), 'utf8')).toBe('to');
  expect((await readdir(folder)).sort()).toEqual(['made', 'to']);
});
