import { equal, match, deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { npmProgram } from '../npm.mjs';
import { problemsOfLockfile, problemsOfManifest } from './check-dependencies.mjs';

const integrity = `sha512-${'a'.repeat(86)}==`;
const lockfile = (entry) => ({ lockfileVersion: 3, packages: { '': {}, 'node_modules/a': entry } });

test('a lockfile names what npm has, by its sha512', () => {
  deepEqual(problemsOfLockfile(lockfile({ integrity })), []);
  deepEqual(problemsOfLockfile(lockfile({ link: true })), []);
  match(problemsOfLockfile(lockfile({}))[0], /no sha512/);
  match(problemsOfLockfile(lockfile({ integrity: 'sha1-abc' }))[0], /no sha512/);
  match(problemsOfLockfile(lockfile({ integrity, resolved: 'https://elsewhere.example/a.tgz' }))[0], /comes from/);
});

test('a package that is published runs nothing when it is installed', () => {
  deepEqual(problemsOfManifest({ name: 'a', scripts: { build: 'x' }, dependencies: { b: '1.0.0' } }), []);
  match(problemsOfManifest({ name: 'a', scripts: { postinstall: 'x' } })[0], /"postinstall"/);
  match(problemsOfManifest({ name: 'a', dependencies: { b: 'git+https://elsewhere.example/b' } })[0], /not from npm/);
});

test('npm is started without a shell, also where it is a script', () => {
  deepEqual(npmProgram('npx', 'linux'), ['npx', []]);
  const [program, before] = npmProgram('npx', 'win32');
  equal(program, process.execPath);
  match(before[0], /npx-cli\.js$/);
});
