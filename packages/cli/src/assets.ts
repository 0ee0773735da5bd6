import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of models that come with the package, whether it runs from its sources or built. */
export function assetFolder(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'assets')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'assets', name);
}

/** The roles of the two models of English that come with the package; pair/README.md tells of them. */
export type PairRole = 'teacher' | 'student';

/** The folder of one of them. */
export const pairFolder = (role: PairRole): string => assetFolder(join('pair', role));
