#!/usr/bin/env node
// The picture of the packages' arrows in docs/architecture.md, from the dependencies in their package.json. Without arguments
// it fails where the picture is not what they say; with --write it draws it. An arrow that others imply is left out.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const page = join(root, 'docs/architecture.md');
const [BEGIN, END] = ['<!-- Drawn by tools/release/arrows.mjs. -->', '<!-- End of what is drawn. -->'];

/** Packages of ours that each package depends on, by the name of its folder. */
const dependencies = Object.fromEntries(
  readdirSync(join(root, 'packages')).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    return [folder, names.filter((name) => name.startsWith('@idlm/')).map((name) => name.slice('@idlm/'.length))];
  }),
);

/** All that a package depends on, also by others. @throws for a circle */
function reached(name, path = []) {
  if (path.includes(name))
    throw new Error(`The packages depend on one another in a circle: ${[...path, name].join(' → ')}.`);
  return new Set(dependencies[name].flatMap((other) => [other, ...reached(other, [...path, name])]));
}

const isImplied = (name, other) =>
  dependencies[name].some((between) => between !== other && reached(between).has(other));

const arrows = Object.keys(dependencies)
  .sort((a, b) => reached(a).size - reached(b).size || (a < b ? -1 : 1))
  .flatMap((name) =>
    [...dependencies[name]].sort().flatMap((other) => (isImplied(name, other) ? [] : [`  ${name} --> ${other}`])),
  );
const picture = [BEGIN, '', '```mermaid', 'graph BT', ...arrows, '```', '', END].join('\n');

const text = readFileSync(page, 'utf8');
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin < 0 || end < begin) throw new Error(`docs/architecture.md lacks "${BEGIN}" and "${END}" behind it.`);
const drawn = text.slice(0, begin) + picture + text.slice(end + END.length);
if (process.argv.includes('--write')) writeFileSync(page, drawn);
else if (drawn !== text) {
  console.error('The arrows in docs/architecture.md are not those of the packages: run "npm run arrows -- --write".');
  process.exitCode = 1;
}
