import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, zipOf } from '../../test/archives';
import { chooseSource } from './fetch';
import { libraryNames, pathsIn } from './locations';
import type { WheelPin } from './pins';

/** What of this machine would decide: its programs, and the settings of its user. */
const machine = {
  tools: [] as string[],
  indexUrl: undefined as string | undefined,
  /** What pip or uv was asked for, and what it puts into the folder that it is given. */
  fetched: [] as unknown[],
  bring: (_target: string): void => {},
};
jest.mock('./python', () => {
  const find = (via: string) => () =>
    Promise.resolve(machine.tools.includes(via) ? { via, command: [via] } : undefined);
  const fetchWithPython = (tool: object, wheel: object, target: string, indexUrl?: string): Promise<void> => {
    machine.fetched.push([tool, wheel, indexUrl]);
    machine.bring(target);
    return Promise.resolve();
  };
  return { findPip: find('pip'), findUv: find('uv'), fetchWithPython };
});
jest.mock('./settings', () => ({ indexSettings: () => ({ indexUrl: machine.indexUrl }) }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'idlm-fetch-'));
  Object.assign(machine, { tools: [], indexUrl: undefined, fetched: [] });
});
afterEach(() => rmSync(folder, { recursive: true }));

const choose = (options: Parameters<typeof chooseSource>[0]) => chooseSource(options, folder, () => {});

describe('where wheels come from', () => {
  it.each([
    [{ indexUrl: 'https://index.example/simple' }, 'index.example'],
    [{ indexUrl: 'https://me:secret@index.example:8443/simple', via: 'index' }, 'index.example:8443'],
  ] as const)('is the index that is named: %j', async (options, name) =>
    expect((await choose(options)).name).toBe(name),
  );

  it('is pip, else uv, else the index of the settings, else nothing that could be had', async () => {
    await expect(choose({})).rejects.toThrow('There is neither pip nor uv here and no package index is configured');
    machine.indexUrl = 'https://settings.example/simple';
    expect((await choose({})).name).toBe('settings.example');
    machine.tools.push('uv');
    expect((await choose({})).name).toBe('uv');
    machine.tools.push('pip');
    expect((await choose({})).name).toBe('pip');
    expect((await choose({ via: 'uv' })).name).toBe('uv');
    expect((await choose({ via: 'index' })).name).toBe('settings.example');
  });

  it.each([
    [{ via: 'pip' }, 'pip is not on the path: install it, or choose another way to fetch.'],
    [{ via: 'uv' }, 'uv is not on the path: install it, or choose another way to fetch.'],
    [{ via: 'index' }, 'No package index is configured: name one with --index-url.'],
    [{ indexUrl: 'index.example/simple' }, '"index.example/simple" is no address of a package index: it begins with'],
    [{ indexUrl: 'file:///wheels' }, '"file:///wheels" is no address of a package index: it begins with https://'],
    [{ from: '/nowhere/some.whl' }, 'There is no /nowhere/some.whl: give a folder of TensorFlow or a wheel.'],
  ] as const)('is refused in one sentence: %j', async (options, sentence) => {
    await expect(choose(options)).rejects.toThrow(expect.objectContaining({ exitCode: 2 }));
    await expect(choose(options)).rejects.toThrow(sentence);
  });
});

const content = {
  ...Object.fromEntries(libraryNames().map((name) => [`tensorflow/${name}`, name])),
  'nvidia/cublas/lib/libcublas.so.12': 'cublas',
  'nvidia/cuda_nvcc/bin/ptxas': 'ptxas',
  'nvidia/cuda_nvcc/bin/../../../outside': 'outside',
  'tensorflow/python/rest.py': 'rest',
};
const pin = (file: string, hash: string): WheelPin => ({
  ...{ package: 'tensorflow', version: '1', platform: 'x', bytes: 1 },
  ...{ file, sha256: hash },
});
const give = (name: string) => {
  const path = join(folder, name);
  writeFileSync(path, zipOf(content));
  return path;
};

describe('a wheel of the user', () => {
  it('gives its libraries and CUDA’s, and nothing that is named upwards', async () => {
    const [source, paths] = [await choose({ from: give('own.whl') }), pathsIn(join(folder, 'work', 'home'))];
    expect(await source.fetch(pin('other.whl', 'ab'), paths)).toBe(sha256(zipOf(content)));
    for (const name of libraryNames()) expect(readFileSync(join(paths.libraries, name), 'utf8')).toBe(name);
    expect(readFileSync(join(paths.cuda, 'cublas/lib/libcublas.so.12'), 'utf8')).toBe('cublas');
    expect(() => readFileSync(join(paths.home, 'outside'))).toThrow('ENOENT');
    expect(() => readFileSync(join(folder, 'work', 'outside'))).toThrow('ENOENT');
    expect(() => readFileSync(join(paths.home, 'tensorflow/python/rest.py'))).toThrow('ENOENT');
  });

  it('must be the pinned one where it has its name', async () => {
    const source = await choose({ from: give('pinned.whl') });
    await expect(source.fetch(pin('pinned.whl', 'ab'.repeat(32)), pathsIn(join(folder, 'home')))).rejects.toThrow(
      `pinned.whl has the sha256 ${sha256(zipOf(content))} instead of ${'ab'.repeat(32)}: the download is damaged or not`,
    );
  });

  it('may be a folder, with CUDA only where it is asked for', async () => {
    for (const name of libraryNames()) {
      mkdirSync(join(folder, 'site', 'tensorflow'), { recursive: true });
      writeFileSync(join(folder, 'site', 'tensorflow', name), name);
    }
    mkdirSync(join(folder, 'site', 'nvidia', 'cublas'), { recursive: true });
    writeFileSync(join(folder, 'site', 'nvidia', 'cublas', 'lib'), 'cublas');
    for (const gpu of [false, true]) {
      const [source, paths] = [await choose({ from: join(folder, 'site'), gpu }), pathsIn(join(folder, `${gpu}`))];
      expect(await source.fetch(pin('', ''), paths)).toBeUndefined();
      expect(readFileSync(paths.library, 'utf8')).toBe(libraryNames()[1]);
      const cuda = () => readFileSync(join(paths.cuda, 'cublas', 'lib'), 'utf8');
      if (gpu) expect(cuda()).toBe('cublas');
      else expect(cuda).toThrow('ENOENT');
    }
  });
});

describe('what pip or uv fetched', () => {
  const pinned = pin('pinned.whl', sha256(zipOf(content)));
  /** The libraries as the one tool leaves them. */
  const whole = (target: string) => writeFileSync(join(target, 'pinned.whl'), zipOf(content));
  const unpacked = (target: string) => {
    mkdirSync(join(target, 'tensorflow'));
    for (const name of libraryNames()) writeFileSync(join(target, 'tensorflow', name), name);
  };
  const fetch = async (via: 'pip' | 'uv', bring: (target: string) => void, wheel = pinned) => {
    Object.assign(machine, { tools: [via], bring });
    const source = await choose({});
    const paths = pathsIn(join(folder, 'home'));
    return { hash: await source.fetch(wheel, paths), paths };
  };

  it.each([
    ['pip', whole, pinned.sha256],
    ['uv', unpacked, undefined],
  ] as const)(
    'by %s becomes the libraries of the engine, and leaves nothing beside them',
    async (via, bring, known) => {
      const { hash, paths } = await fetch(via, bring);
      expect(hash).toBe(known);
      for (const name of libraryNames()) expect(readFileSync(join(paths.libraries, name), 'utf8')).toBe(name);
      expect(machine.fetched).toEqual([[{ via, command: [via] }, pinned, undefined]]);
      expect(readdirSync(folder)).toEqual(['home']);
    },
  );

  it('is checked again, whatever the tool has checked', async () =>
    expect(fetch('pip', whole, pin('pinned.whl', 'cd'.repeat(32)))).rejects.toThrow(
      `has the sha256 ${pinned.sha256} instead of ${'cd'.repeat(32)}`,
    ));

  it('is refused where it holds no libraries', async () =>
    expect(fetch('uv', () => {})).rejects.toThrow(`holds no ${libraryNames()[0]}`));
});
