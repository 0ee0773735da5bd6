import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { VERSIONS } from './pins';

/** A tfjs-node package of the user's project. */
export interface TfjsNode {
  readonly folder: string;
  /** Its JavaScript. */
  readonly kernels: string;
  /** The libtensorflow that its own install script fetched; absent if that did not run or failed. */
  readonly library?: string;
}

const LIBRARIES = [
  'libtensorflow.so.2',
  'libtensorflow.so',
  'libtensorflow.2.dylib',
  'libtensorflow.dylib',
  'tensorflow.dll',
];

function packageFolder(project: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(project, 'index.js')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/**
 * The tfjs-node that a project depends on, with GPU before without; other versions than the one whose kernels are known
 * to work are passed over.
 * @param project folder from which packages are looked for
 */
export function findTfjsNode(project: string = process.cwd()): TfjsNode | undefined {
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    const folder = packageFolder(project, name);
    if (!folder) continue;
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    if (version !== VERSIONS.kernels) continue;
    const library = LIBRARIES.map((file) => join(folder, 'deps', 'lib', file)).find(existsSync);
    return { folder, kernels: join(folder, 'dist'), library };
  }
  return undefined;
}
