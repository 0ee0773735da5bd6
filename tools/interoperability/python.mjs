import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The Python at a path; without one, that of a new virtual environment in the folder `work`. `requirements` names what is installed there. */
export function pythonWith(requirements, work, given) {
  if (given) return given;
  const own = join(work, 'venv');
  execFileSync('python3', ['-m', 'venv', own]);
  const path = join(own, 'bin', 'python');
  execFileSync(path, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  return path;
}
