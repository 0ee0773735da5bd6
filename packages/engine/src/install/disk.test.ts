import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainDiskError, requireSpace, workFolder } from './disk';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-disk-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('requireSpace', () => {
  it('accepts what fits, also for a folder that is still to be made', async () => {
    await expect(requireSpace(join(folder, 'a', 'b'), 1)).resolves.toBeUndefined();
  });

  it('says what is free and what is needed', async () => {
    await expect(requireSpace(folder, 1e18)).rejects.toThrow(/ free and the native engine needs 1000000000\.0 GB/);
  });
});

describe('workFolder', () => {
  it('is new and empty each time', async () => {
    const first = await workFolder(folder, 'x');
    mkdirSync(join(first, 'rest'));
    expect(await workFolder(folder, 'x')).toBe(first);
    expect(existsSync(join(first, 'rest'))).toBe(false);
  });

  it('removes what a killed process left a day ago, and nothing else', async () => {
    const names = ['.installing-1-x', '.installing-2-x', 'tensorflow-1'].map((name) => join(folder, name));
    names.forEach((name) => mkdirSync(name));
    for (const old of [names[0]!, names[2]!]) utimesSync(old, 0, 0);
    await workFolder(folder, 'x');
    expect(names.map(existsSync)).toEqual([false, true, true]);
  });
});

it.each([
  ['ENOSPC', 'is full'],
  ['EACCES', 'cannot be written'],
  ['EROFS', 'cannot be written'],
  ['ENOTDIR', 'is no folder: set IDLM_HOME to one'],
  ['EEXIST', 'is no folder: set IDLM_HOME to one'],
])('explains %s', (code, message) => {
  expect((explainDiskError(Object.assign(new Error(code), { code }), '/cache') as Error).message).toContain(
    `/cache ${message}`,
  );
});

it('leaves other errors as they are', () => {
  const error = new Error('of ours');
  expect(explainDiskError(error, '/cache')).toBe(error);
});
