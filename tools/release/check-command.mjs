#!/usr/bin/env node
// Runs `npx idlm` in the repository, as the README says, with a registry that nobody can reach: whether it is built or
// not, and before anything is installed, npm must find the command here and not ask for a public package of its name.
import { strictEqual } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmProgram } from '../npm.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'));
// Port 9 discards; nothing listens there.
const unreachable = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };

/** Exit code and output of `npx idlm` in a folder. */
function npx(folder, ...args) {
  const [program, before] = npmProgram('npx');
  const { status, stdout, stderr } = spawnSync(program, [...before, 'idlm', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...unreachable },
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

const installed = npx(root, '--version');
strictEqual(installed.stdout, version, installed.stderr);

const clone = mkdtempSync(join(tmpdir(), 'idlm-clone-'));
try {
  for (const path of ['package.json', 'packages/cli/package.json', 'packages/cli/bin', 'packages/cli/src'])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  const { status, stderr } = npx(clone, '--version');
  strictEqual(status, 2, stderr);
  strictEqual(stderr.startsWith('error: idlm is not installed yet; run "npm run quickstart"'), true, stderr);
} finally {
  rmSync(clone, { recursive: true });
}
console.log(`npx idlm ${version} runs in the repository without a registry`);
