import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The Python that `--python PATH` names; without it, one of a new virtual environment in the folder `work`.
 * @param requirements path of the list of what is installed there
 */
export function pythonWith(requirements, work) {
  const { values } = parseArgs({ options: { python: { type: 'string' } } });
  if (values.python) return values.python;
  const own = join(work, 'venv');
  execFileSync('python3', ['-m', 'venv', own]);
  const path = join(own, 'bin', 'python');
  execFileSync(path, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  return path;
}
