import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leadsOut } from './leads-out';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'links-'));
  await mkdir(join(parent, 'page/inner'), { recursive: true });
  await mkdir(join(parent, 'page-of-another'));
  for (const name of ['secret', 'page/own', 'page/inner/own', 'page-of-another/file'])
    await writeFile(join(parent, name), name);
});
afterEach(() => rm(parent, { recursive: true }));

it.each([
  ['the folder itself', '/', undefined, false],
  ['a file of its own', 'inner/own', undefined, false],
  ['a file that is not there', 'none', undefined, false],
  ['dots that leave it', '../secret', undefined, true],
  ['a link within', 'inner/link', '../own', false],
  ['a link to a file beside it', 'link', '../secret', true],
  ['a link to a folder whose name goes on', 'link/file', '../page-of-another', true],
  ['a link to the root', 'link', '/', true],
  ['a link to nothing', 'link', 'nowhere', false],
  ['a link to itself', 'link', 'link', false],
])('%s', async (_, name, target, isOut) => {
  const folder = join(parent, 'page');
  if (target !== undefined) await symlink(target, join(folder, name.replace('/file', '')));
  expect(await leadsOut(folder, name)).toBe(isOut);
  // The folder may be reached by a link.
  await symlink('page', join(parent, 'again'));
  expect(await leadsOut(join(parent, 'again'), name)).toBe(isOut);
});
