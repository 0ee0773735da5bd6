import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { inFolder, useFolder } from '../../test/corpus-files';
import { writeFolder } from './unfinished';

useFolder();

/** Fills a folder with one file. */
const writing = (text: string) => async (folder: string) => {
  await writeFile(join(folder, 'a'), text);
  return text;
};

/** A process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

it('a folder appears once it is whole, with what its writer gives back', async () => {
  const out = inFolder('deep', 'er', 'out');
  let seen: string[] = [];
  const result = await writeFolder(out, async (folder) => {
    seen = await readdir(inFolder('deep', 'er'));
    return writing('whole')(folder);
  });
  expect([result, await readFile(join(out, 'a'), 'utf8')]).toEqual(['whole', 'whole']);
  expect(seen).toEqual([expect.stringMatching(/^out\.unfinished-.+-\d+-\d+$/)]);
  expect(await readdir(inFolder('deep', 'er'))).toEqual(['out']);
});

it('what fails leaves nothing, and gives its own error', async () => {
  const out = inFolder('out');
  const failing = writeFolder(out, async (folder) => {
    await writing('half')(folder);
    throw new Error('the disk is full');
  });
  await expect(failing).rejects.toThrow('the disk is full');
  expect(await readdir(inFolder())).toEqual([]);
});

it('what a killed process left of the same folder goes, and nothing else', async () => {
  const [host, dead, alive] = [hostname(), deadPid(), process.ppid];
  const [left, kept] = [
    [
      `out.unfinished-${host}-${dead}-0`,
      `out.unfinished-${host}-${dead}-7`,
      `out.unfinished-${host}-${process.pid}-999`,
    ],
    [
      `out.unfinished-${host}-${alive}-0`,
      `out.unfinished-some-other-host-${dead}-0`,
      `another.unfinished-${host}-${dead}-0`,
      'out.unfinished-notes',
      'out.txt',
    ],
  ];
  for (const name of [...left, ...kept]) {
    await mkdir(inFolder(name));
    await writeFile(inFolder(name, 'shard-00000.bin'), 'half');
  }
  await writeFolder(inFolder('out'), writing('whole'));
  expect((await readdir(inFolder())).sort()).toEqual([...kept, 'out'].sort());
});

it('of two that write one folder at once the first to end wins, and the other is told', async () => {
  const out = inFolder('out');
  let finishFirst = () => {};
  const first = writeFolder(out, async (folder) => {
    await new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    return writing('first')(folder);
  });
  await new Promise(setImmediate);
  while (!(await readdir(inFolder())).length) await new Promise(setImmediate);
  // The second does not take the folder of the first for one that was abandoned.
  await writeFolder(out, writing('second'));
  finishFirst();
  await expect(first).rejects.toThrow(`${out} exists; name another folder, or delete it.`);
  expect([await readdir(inFolder()), await readFile(join(out, 'a'), 'utf8')]).toEqual([['out'], 'second']);
});

it('a folder that is there already is not written, were it empty', async () => {
  await mkdir(inFolder('out'));
  const write = jest.fn(writing('x'));
  await expect(writeFolder(inFolder('out'), write)).rejects.toThrow('exists; name another folder, or delete it.');
  expect(write).not.toHaveBeenCalled();
});
