#!/usr/bin/env node
// The command of the package. It is committed, since npm links a command at install time only where its file exists: a
// built file would not be there yet, and `npx idlm` would ask the registry for a package of that name.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/main.js', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);

/** Where the loader of TypeScript is; undefined where it is not installed. */
function loader() {
  try {
    return import.meta.resolve('tsx');
  } catch {
    return undefined;
  }
}

/** Runs the sources in a process that has Node's options for them; its end is the end of this one. */
function runSource(tsx) {
  const options = ['--conditions=@idlm/source', '--import', tsx, fileURLToPath(source)];
  const child = spawn(process.execPath, [...options, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal interrupts both processes, another program only this one.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', (signal) => child.kill(signal));
  child.on('exit', (code, signal) => (process.exitCode = code ?? 128 + constants.signals[signal]));
}

// Node from 22.1 on keeps compiled code in the folder for temporary files, or where NODE_COMPILE_CACHE says: the next command starts sooner.
nodeModule.enableCompileCache?.();
if (existsSync(built)) await import(built);
else {
  const tsx = existsSync(source) && loader();
  if (tsx) runSource(tsx);
  else {
    console.error('error: idlm is not installed yet; run "npm run quickstart", or "npm ci" alone, in the repository.');
    process.exitCode = 2;
  }
}
