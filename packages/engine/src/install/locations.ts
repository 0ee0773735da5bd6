import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** TensorFlow whose C library the native engine runs on, and tfjs-node whose kernels it runs. */
export const VERSIONS = { tensorflow: '2.19.1', kernels: '4.22.0' } as const;

/** The per-user folder that all projects share: `IDLM_HOME`, else the platform's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['IDLM_HOME']) return environment['IDLM_HOME'];
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'idlm');
  return join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'idlm');
}

/** Where an installed native engine has its parts. */
export interface NativePaths {
  readonly home: string;
  readonly library: string;
  readonly kernels: string;
  /** Written last: an installation without it is unfinished. */
  readonly complete: string;
}

/** Paths of a version in a cache folder. */
export function nativePaths(cache = cacheFolder(), version: string = VERSIONS.tensorflow): NativePaths {
  const home = join(cache, `tensorflow-${version}-${process.platform}-${process.arch}`);
  return {
    home,
    library: join(home, 'lib', process.platform === 'darwin' ? 'libtensorflow_cc.2.dylib' : 'libtensorflow_cc.so.2'),
    kernels: join(home, 'kernels', 'node_modules', '@tensorflow', 'tfjs-node', 'dist'),
    complete: join(home, 'complete.json'),
  };
}

/** Whether the native engine is installed for this user. */
export const isInstalled = (paths: NativePaths = nativePaths()): boolean => existsSync(paths.complete);
