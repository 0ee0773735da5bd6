// Starts `idlm serve`, and asks it with OpenAI's own client in Python.
//   npm run interoperability:serving [-- --python PATH]   (without PATH: a virtual environment with requirements.txt, in a folder that is deleted)
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith } from '../python.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const TOKEN = 'a-token';

const { values: options } = parseArgs({ options: { python: { type: 'string' } } });
const work = mkdtempSync(join(tmpdir(), 'interoperability-'));

const idlm = ['--conditions=@idlm/source', '--import', 'tsx', 'packages/cli/src/main.ts', '--quiet'];
const server = spawn(process.execPath, [...idlm, 'serve', '--port', '0'], {
  cwd: ROOT,
  env: { ...process.env, IDLM_TOKEN: TOKEN },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [url] = await once(server.stdout.setEncoding('utf8'), 'data');
  execFileSync(
    pythonWith(join(import.meta.dirname, 'requirements.txt'), work, options.python),
    [join(import.meta.dirname, 'check.py'), url.trim(), TOKEN],
    { stdio: 'inherit' },
  );
} finally {
  server.kill();
  rmSync(work, { recursive: true });
}
