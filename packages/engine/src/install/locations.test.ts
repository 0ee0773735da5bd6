import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, findNative, nativePaths } from './locations';
import { findTfjsNode } from './tfjs-node';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-locations-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('cacheFolder', () => {
  it('is IDLM_HOME where that is set', () => {
    expect(cacheFolder({ IDLM_HOME: '/mine', XDG_CACHE_HOME: '/cache' })).toBe('/mine');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux.each([
    [{ XDG_CACHE_HOME: '/cache' }, '/cache/idlm'],
    [{ XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'idlm')],
  ])('follows the desktop convention: %j', (environment, expected) => expect(cacheFolder(environment)).toBe(expected));
});

describe('findNative', () => {
  const install = (version: string, gpu: boolean, seconds: number, finished = true) => {
    const paths = nativePaths(folder, { version, gpu });
    mkdirSync(paths.home);
    if (!finished) return;
    writeFileSync(paths.complete, '{}');
    utimesSync(paths.complete, seconds, seconds);
  };

  it('finds nothing in an empty or absent folder, or where an installation is unfinished', () => {
    expect(findNative(join(folder, 'absent'))).toBeUndefined();
    install('2.19.1', false, 1, false);
    expect(findNative(folder)).toBeUndefined();
  });

  it('finds nothing where IDLM_HOME is a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(findNative(join(folder, 'file'))).toBeUndefined();
  });

  it('takes the last one installed, and one with GPU before those without', () => {
    install('2.19.1', false, 200);
    install('2.21.0', false, 100);
    expect(findNative(folder)).toMatchObject({
      origin: 'installed by idlm',
      path: nativePaths(folder, { version: '2.19.1' }).home,
    });
    install('2.20.0', true, 50);
    expect(findNative(folder)!.library).toContain('tensorflow-2.20.0');
    expect(findNative(folder)!.cuda).toContain('nvidia');
  });
});

describe('findTfjsNode', () => {
  const addPackage = (name: string, version: string, library?: string) => {
    const home = join(folder, 'node_modules', '@tensorflow', name);
    mkdirSync(join(home, 'deps', 'lib'), { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ version }));
    if (library) writeFileSync(join(home, 'deps', 'lib', library), '');
    return home;
  };

  it('finds nothing in a project without it, or with another version', () => {
    expect(findTfjsNode(folder)).toBeUndefined();
    addPackage('tfjs-node', '3.0.0', 'libtensorflow.so.2');
    expect(findTfjsNode(folder)).toBeUndefined();
  });

  it('tells a package whose library was fetched from one whose was not', () => {
    const home = addPackage('tfjs-node', '4.22.0');
    expect(findTfjsNode(folder)).toEqual({ folder: home, kernels: join(home, 'dist'), library: undefined });
    addPackage('tfjs-node', '4.22.0', 'libtensorflow.so.2');
    expect(findTfjsNode(folder)!.library).toBe(join(home, 'deps', 'lib', 'libtensorflow.so.2'));
  });

  it('takes the one with GPU first', () => {
    addPackage('tfjs-node', '4.22.0', 'libtensorflow.so');
    const home = addPackage('tfjs-node-gpu', '4.22.0', 'libtensorflow.so');
    expect(findTfjsNode(folder)!.folder).toBe(home);
  });
});
