#!/usr/bin/env node
// Runs on a fresh clone with only Node and npm: installs what the lockfile names (once), then does the job asked for.
//   node tools/bootstrap.mjs quickstart [options of `idlm quickstart`]
//   node tools/bootstrap.mjs test|quick|golden [jest options]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmProgram } from './npm.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command in the repository with its output shown; returns its exit code. */
function run(command, args, options = {}) {
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  return status ?? (signal === 'SIGINT' ? 130 : 1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node ${process.versions.node} is too old: install Node 20.19 or newer and run the command again.`);
  process.exit(2);
}

/** What a lockfile of npm's lists, by path. */
const packagesIn = (lockfile) => JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages;

/** Whether all that the lockfile names is there, by the list that npm writes when it has installed; what is optional may lack. */
function isInstalled() {
  const written = 'node_modules/.package-lock.json';
  if (!existsSync(join(root, written))) return false;
  const present = packagesIn(written);
  return Object.entries(packagesIn('package-lock.json')).every(([path, { version, optional, peer }]) =>
    path in present ? present[path].version === version : !path || optional || peer,
  );
}

/** Installs the dependencies unless those of this very lockfile are there already, whoever installed them. */
function install() {
  if (isInstalled()) return;
  console.error('Installing dependencies (once) …');
  const [program, before] = npmProgram();
  const code = run(program, [...before, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) {
    console.error(
      'npm could not install the dependencies; its message above says why. Mend that and run the command again.',
    );
    process.exit(code === 130 ? 130 : 1);
  }
}

/**
 * For processes that run hundreds of short files, each in a realm of its own: functions are optimized later, since most are needed for
 * moments, and garbage is collected less often. It saves an eighth of the processor time of Node 20; later ones refuse the first flag.
 */
function forShortFiles() {
  const flags = [
    '--interrupt-budget=400000',
    '--initial-heap-size=1000',
    '--min-semi-space-size=64',
    '--max-semi-space-size=64',
  ];
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  return flags.filter((flag) => stdout.includes(`  ${flag.slice(0, flag.indexOf('='))} (`));
}

/** Jest over the given projects and files, closed by one line `N passed, N failed`. */
function jest(args, environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'idlm-jest-'));
  const report = join(folder, 'report.json');
  const code = run(
    process.execPath,
    [
      ...forShortFiles(),
      ...['node_modules/jest/bin/jest.js', '--config', 'jest.config.mjs', '--json', `--outputFile=${report}`, ...args],
    ],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(folder, { recursive: true });
  if (!counts) return { code: code || 1, passed: 0, failed: 0 };
  return { code, passed: counts.numPassedTests, failed: counts.numFailedTests + counts.numRuntimeErrorTestSuites };
}

const source = ['--conditions=@idlm/source', '--import', 'tsx'];

/** Whether the native engine is installed for this user, so that tests run on it as well. */
const hasNative = () =>
  run(process.execPath, [...source, 'packages/cli/src/main.ts', 'engine', 'info', '--quiet', '--engine', 'native'], {
    stdio: 'ignore',
  }) === 0;

function closing(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return results.some(({ code }) => code !== 0) ? 1 : 0;
}

const jobs = {
  quickstart: (args) => run(process.execPath, [...source, 'packages/cli/src/main.ts', 'quickstart', ...args]),
  test: (args) => closing([jest(args)]),
  // Files that start processes, or train or draw for long, are named *.slow.test.ts. The option takes all words behind it.
  quick: (args) => closing([jest([...args, '--testPathIgnorePatterns', '\\.slow\\.test\\.ts$'])]),
  golden: (args) => {
    const named = process.env.IDLM_ENGINE;
    const engines = named ? [named] : hasNative() ? ['wasm', 'native'] : ['wasm'];
    if (!named && engines.length === 1)
      console.error('The native engine is not installed (`npx idlm engine install`): golden tests run on WASM only.');
    return closing(
      engines.map((engine) => {
        console.error(`Golden tests on ${engine}`);
        return jest(['--testPathPatterns', 'golden', ...args], { IDLM_ENGINE: engine });
      }),
    );
  },
};

const [job, ...args] = process.argv.slice(2);
if (!Object.hasOwn(jobs, job ?? '')) {
  console.error(`Unknown job "${job ?? ''}"; choose one of ${Object.keys(jobs).join(', ')}.`);
  process.exit(2);
}
requireNode();
install();
process.exitCode = jobs[job](args);
