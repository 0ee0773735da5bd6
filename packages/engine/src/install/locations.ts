import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findTfjsNode } from './tfjs-node';

/** The per-user folder that all projects share: `IDLM_HOME`, else the platform's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['IDLM_HOME']) return environment['IDLM_HOME'];
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'idlm');
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'idlm');
}

/** Where an installed native engine has its parts. */
export interface NativePaths {
  readonly home: string;
  /** The folder of the TensorFlow libraries. */
  readonly libraries: string;
  /** The library that is loaded. */
  readonly library: string;
  /** tfjs-node's JavaScript. */
  readonly kernels: string;
  /** CUDA's libraries, each package in a folder of its own; absent on CPU. */
  readonly cuda: string;
  /** Written last: an installation without it is unfinished. */
  readonly complete: string;
}

/** File names of the two TensorFlow libraries on a platform; the second one is loaded and needs the first. */
export const libraryNames = (platform: NodeJS.Platform = process.platform): readonly [string, string] =>
  platform === 'darwin'
    ? ['libtensorflow_framework.2.dylib', 'libtensorflow_cc.2.dylib']
    : ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'];

/** Paths of an installation in a folder of its own. */
export function pathsIn(home: string): NativePaths {
  const libraries = join(home, 'lib');
  return {
    home,
    libraries,
    library: join(libraries, libraryNames()[1]),
    kernels: join(home, 'kernels'),
    cuda: join(home, 'nvidia'),
    complete: join(home, 'complete.json'),
  };
}

/** The end of the names of this platform's installations. */
const ending = (gpu: boolean): string => `-${process.platform}-${process.arch}${gpu ? '-gpu' : ''}`;

/** Paths of a TensorFlow version in a cache folder. */
export const nativePaths = (cache: string, { version, gpu = false }: { version: string; gpu?: boolean }): NativePaths =>
  pathsIn(join(cache, `tensorflow-${version}${ending(gpu)}`));

/** A native engine that can be opened. */
export interface NativeParts {
  readonly library: string;
  readonly kernels: string;
  readonly cuda?: string;
  /** The folder that it comes from. */
  readonly path: string;
  readonly origin: 'installed by idlm' | 'tfjs-node of this project';
}

/** The finished installations in a cache folder: those with GPU before those without, and the last installed first. */
function installations(cache: string): NativePaths[] {
  if (!statSync(cache, { throwIfNoEntry: false })?.isDirectory()) return [];
  const names = readdirSync(cache).filter((name) => name.startsWith('tensorflow-'));
  const age = ({ complete }: NativePaths) => -statSync(complete).mtimeMs;
  return [true, false].flatMap((gpu) =>
    names
      .filter((name) => name.endsWith(ending(gpu)))
      .map((name) => pathsIn(join(cache, name)))
      .filter(({ complete }) => existsSync(complete))
      .sort((a, b) => age(a) - age(b)),
  );
}

/** The native engine to open: the last one installed by idlm (with GPU, then without), else a working tfjs-node of the project. */
export function findNative(cache: string = cacheFolder()): NativeParts | undefined {
  const [installed] = installations(cache);
  if (installed) return { ...installed, path: installed.home, origin: 'installed by idlm' };
  const project = findTfjsNode();
  return project?.library === undefined
    ? undefined
    : { library: project.library, kernels: project.kernels, path: project.folder, origin: 'tfjs-node of this project' };
}

/** Whether a native engine brings what a GPU needs; only once it is open it is known whether there is one. */
export const hasGpuLibraries = ({ cuda, path }: NativeParts): boolean =>
  (cuda !== undefined && existsSync(cuda)) || path.endsWith('tfjs-node-gpu');

/** Whether a native engine is present for this user or project. */
export const isInstalled = (): boolean => findNative() !== undefined;
