#!/usr/bin/env node
// Fails where files of a package import one another in a circle, types included: then neither can be read, moved or tested alone.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Source files of a package, without its tests. */
const filesOf = (folder) =>
  readdirSync(join(root, 'packages', folder, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(root, 'packages', folder, 'src', name));

/** The files that a file imports by a path. */
function importsOf(file) {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return [];
    const target = join(dirname(file), fileName);
    return [`${target}.ts`, join(target, 'index.ts')].filter((path) => existsSync(path)).slice(0, 1);
  });
}

/** The first circle that is met from a file on, as the files in it. */
function circleFrom(file, graph, done, path = []) {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const next of graph.get(file) ?? []) {
    const found = circleFrom(next, graph, done, [...path, file]);
    if (found) return found;
  }
  done.add(file);
  return undefined;
}

let circles = 0;
for (const folder of readdirSync(join(root, 'packages'))) {
  const graph = new Map(filesOf(folder).map((file) => [file, importsOf(file)]));
  const done = new Set();
  for (const file of graph.keys()) {
    const circle = circleFrom(file, graph, done);
    if (!circle) continue;
    console.error(`A circle of imports: ${circle.map((one) => relative(root, one)).join(' → ')}`);
    circle.forEach((one) => done.add(one));
    circles++;
  }
}
if (circles) process.exitCode = 1;
