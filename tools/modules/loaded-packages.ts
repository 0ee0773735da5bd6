import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The package of a file within node_modules, as `@scope/name`. */
const packageOf = (file: string): string | undefined =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file.replaceAll('\\', '/'))?.[1];

/**
 * Runs an ES module in a Node of its own on the sources, and names the packages of npm of which it loaded a file.
 * @param script its text
 * @param folder where its imports are resolved from
 */
export function loadedPackages(script: string, folder: string): Set<string> {
  const work = mkdtempSync(join(tmpdir(), 'idlm-loaded-'));
  const list = join(work, 'loaded.txt');
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const recorder = pathToFileURL(join(here, 'record-loaded.mjs')).href;
  const preloaded = [tsx, recorder].flatMap((url) => ['--import', url]);
  try {
    const options = ['--conditions=@idlm/source', ...preloaded, '--input-type=module', '--eval', script];
    execFileSync(process.execPath, options, { cwd: folder, env: { ...process.env, LOADED_MODULES: list } });
    const files = readFileSync(list, 'utf8').split('\n');
    return new Set(files.flatMap((file) => packageOf(file) ?? []));
  } finally {
    rmSync(work, { recursive: true });
  }
}
