import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomically } from './atomic-file';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeFileAtomically', () => {
  it('leaves the old file and nothing else when writing fails', async () => {
    const path = join(folder, 'target');
    await writeFileAtomically(path, 'old');
    await expect(writeFileAtomically(path, Symbol('unwritable') as never)).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
