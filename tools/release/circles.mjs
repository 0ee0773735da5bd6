#!/usr/bin/env node
// Fails where files of a package import one another in a circle, types included: then neither can be read, moved or tested alone.
// The same holds of ideas: the folders directly below `src`, and the files there. Entries, which list what a package gives, are none.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Source files of a package, without its tests. */
const filesOf = (src) =>
  readdirSync(src, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(src, name));

/** The files that a file imports by a path. */
function importsOf(file) {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return [];
    const target = join(dirname(file), fileName);
    return [`${target}.ts`, join(target, 'index.ts')].filter((path) => existsSync(path)).slice(0, 1);
  });
}

/** The entries of a package: `src/index.ts`, and the sources that its manifest exports. */
function entriesOf(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const sources = Object.values(exports).flatMap(({ '@idlm/source': source }) =>
    source ? [join(folder, source)] : [],
  );
  return new Set([join(folder, 'src/index.ts'), ...sources]);
}

/** The idea that a file belongs to. */
const ideaOf = (src, file) => relative(src, file).split(sep)[0].replace(/\.ts$/, '');

/** Which ideas each idea imports, and the files by which: `from → to` to the first import that makes it so. */
function ideasOf(src, imports, entries) {
  const [graph, causes] = [new Map(), new Map()];
  for (const [file, targets] of imports) {
    if (entries.has(file)) continue;
    for (const target of targets) {
      const [from, to] = [ideaOf(src, file), ideaOf(src, target)];
      if (from === to || entries.has(target)) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
      if (!causes.has(`${from} → ${to}`))
        causes.set(`${from} → ${to}`, `${relative(src, file)} → ${relative(src, target)}`);
    }
  }
  return { graph, causes };
}

/** The first circle that is met from a node on, as the nodes in it. */
function circleFrom(node, graph, done, path = []) {
  if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
  if (done.has(node)) return undefined;
  for (const next of graph.get(node) ?? []) {
    const found = circleFrom(next, graph, done, [...path, node]);
    if (found) return found;
  }
  done.add(node);
  return undefined;
}

/** Circles of a graph, one or more of each knot. */
function circlesOf(graph) {
  const done = new Set();
  return [...graph.keys()].flatMap((node) => {
    const circle = circleFrom(node, graph, done);
    circle?.forEach((one) => done.add(one));
    return circle ? [circle] : [];
  });
}

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  const src = join(folder, 'src');
  const imports = new Map(filesOf(src).map((file) => [file, importsOf(file)]));
  const { graph, causes } = ideasOf(src, imports, entriesOf(folder));
  const ofFiles = circlesOf(imports).map((circle) => circle.map((one) => relative(root, one)).join(' → '));
  const ofIdeas = circlesOf(graph).map((circle) => {
    const why = circle.slice(1).map((to, i) => causes.get(`${circle[i]} → ${to}`));
    return `${circle.join(' → ')} in ${name} (${why.join(', ')})`;
  });
  for (const circle of [...ofFiles, ...ofIdeas]) console.error(`A circle of imports: ${circle}`);
  if (ofFiles.length || ofIdeas.length) process.exitCode = 1;
}
