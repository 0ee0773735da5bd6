// Writes small networks as ONNX files, and has ONNX's own checker and reference evaluator read them.
//   npm run interoperability:onnx [-- --python PATH]   (without PATH: a virtual environment with requirements.txt, in a folder that is deleted)
// Where Python or its package index is missing, that is said, and nothing fails.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '@idlm/engine';
import { writeCases } from './networks';

/** A Python with ONNX; undefined where there is none and none can be made. */
function python(given: string | undefined, folder: string): string | undefined {
  if (given !== undefined) return given;
  const bin = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const own = join(folder, 'venv', ...bin);
  const pip = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--only-binary', ':all:'];
  try {
    execFileSync('python3', ['-m', 'venv', join(folder, 'venv')], { stdio: 'pipe' });
    execFileSync(own, [...pip, '-r', join(import.meta.dirname, 'requirements.txt')], { stdio: 'pipe' });
    return own;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    const why = stderr?.toString().trim().split('\n').at(-1) || message;
    console.log(`skipped: no Python with the packages of requirements.txt can be had (${why})`);
    return undefined;
  }
}

const { values } = parseArgs({ options: { python: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'onnx-interoperability-'));
try {
  const interpreter = python(values.python, folder);
  if (interpreter !== undefined) {
    await openEngine({ prefer: 'wasm' });
    const check = [join(import.meta.dirname, 'check.py'), await writeCases(folder)];
    execFileSync(interpreter, check, { stdio: ['ignore', 'inherit', 'inherit'] });
  }
} finally {
  rmSync(folder, { recursive: true });
}
