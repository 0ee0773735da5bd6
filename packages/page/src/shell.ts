import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '@idlm/core-diffusion/errors';

/**
 * The folder of the page's own files: HTML, styles, scripts, and the runtime that all models need. A server that offers models of
 * its own serves these and a `page.json`.
 * @throws InputError where the package runs from its sources and was never built
 */
export function shellFolder(): string {
  const own = dirname(fileURLToPath(import.meta.url));
  const folders = [join(own, 'shell'), join(own, '../dist/shell')];
  const found = folders.find((folder) => existsSync(join(folder, 'index.html')));
  if (found) return found;
  throw new InputError('The page is not built; build it with "npx nx build page".');
}
