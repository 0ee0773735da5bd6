#!/usr/bin/env node
// What is installed is what the lockfile names: each package from npm has its sha512, and none comes from elsewhere. No package of ours runs a script
// when it is installed. Where the registry answers, nothing that is published depends on what is known to be dangerous.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { npmProgram } from '../npm.mjs';

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];

/** What is wrong with the entries of a lockfile, in sentences. */
export const problemsOfLockfile = ({ lockfileVersion, packages }) => [
  ...(lockfileVersion === 3 ? [] : [`The lockfile has version ${lockfileVersion}; 3 is expected.`]),
  ...Object.entries(packages).flatMap(([path, { link, integrity, resolved }]) => {
    if (link || !path.includes('node_modules/')) return [];
    if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? '')) return [`${path} has no sha512.`];
    // .npmrc leaves out where packages of the registry lie, so that what names a place is from elsewhere.
    return resolved === undefined ? [] : [`${path} comes from ${resolved}.`];
  }),
];

/** What is wrong with the manifest of a package that is published, in sentences. */
export const problemsOfManifest = ({ name, scripts = {}, dependencies = {}, optionalDependencies = {} }) => [
  ...INSTALL_SCRIPTS.filter((script) => Object.hasOwn(scripts, script)).map(
    (script) => `${name} has the script "${script}", which runs when it is installed.`,
  ),
  ...Object.entries({ ...dependencies, ...optionalDependencies })
    .filter(([, range]) => /[:/]/.test(range))
    .map(([dependency, range]) => `${name} takes ${dependency} from ${range}, not from npm.`),
];

/** What `npm audit` knows of what is published, in sentences; a note where the registry does not answer. */
function problemsKnown(root) {
  const [program, before] = npmProgram();
  const argv = [...before, 'audit', '--omit=dev', '--audit-level=high', '--json'];
  const { stdout } = spawnSync(program, argv, { cwd: root, encoding: 'utf8', timeout: 60_000 });
  const { vulnerabilities } = JSON.parse(stdout || '{}');
  if (!vulnerabilities) {
    console.log('npm audit: the registry does not answer');
    return [];
  }
  return Object.values(vulnerabilities)
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity, range }) => `${name} ${range} is known to be dangerous (${severity}).`);
}

function check(root) {
  const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
  const folders = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'package.json')),
  );
  const problems = [
    ...problemsOfLockfile(read('package-lock.json')),
    ...folders.flatMap((name) => problemsOfManifest(read('packages', name, 'package.json'))),
    ...problemsKnown(root),
  ];
  problems.forEach((problem) => console.error(problem));
  if (problems.length) process.exitCode = 1;
  else
    console.log(
      `${folders.length} packages run no script when they are installed, and all that they need has its sha512`,
    );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  check(join(dirname(fileURLToPath(import.meta.url)), '../..'));
