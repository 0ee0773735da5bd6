#!/usr/bin/env node
// The share of exported names that nobody outside of their package uses: no other package, test of one, benchmark or tool imports
// them, and no README, page or example shows them, nor are they types in the signature of a name that is used. Such a name is a
// promise that nobody asked for. Fails above LIMIT; with --list it names them.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const LIMIT = 0.2;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folders = readdirSync(join(root, 'packages'));

/** Source files of the entries of a package, by the name that they are imported by. */
function entriesOf(folder) {
  const { name, exports, bin } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  return Object.entries(exports ?? {}).flatMap(([key, target]) => {
    const source = target?.['@idlm/source'];
    // The main entry of a command is what its program starts from.
    return source && !(bin && key === '.') ? [[name + key.slice(1), join(root, 'packages', folder, source)]] : [];
  });
}

/** All files below a folder that are read for uses. */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'api', 'golden'].includes(entry.name) ? [] : filesBelow(path);
    return /\.(ts|mts|mjs|cjs|js|md)$/.test(entry.name) ? [path] : [];
  });
}

const files = ['packages', 'docs', 'benchmarks', 'tools', 'examples']
  .flatMap((folder) => filesBelow(join(root, folder)))
  .concat(['README.md', 'CONTRIBUTING.md'].map((name) => join(root, name)))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Names that a text imports from, or takes a type of, one of our entries, as `package name`. */
function importedIn(text) {
  const found = new Set();
  const list = /(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\{([^}]*)\}\s*from\s*['"](@idlm\/[\w-]+)/g;
  for (const [, names, from] of text.matchAll(list))
    for (const name of names.split(','))
      found.add(
        `${from} ${
          name
            .trim()
            .replace(/^type\s+/, '')
            .split(/\s+as\s+/)[0]
        }`,
      );
  const awaited = /\{([^}]*)\}\s*=\s*await import\(\s*['"](@idlm\/[\w-]+)/g;
  for (const [, names, from] of text.matchAll(awaited))
    for (const name of names.split(',')) found.add(`${from} ${name.trim().split(':')[0]}`);
  return found;
}

/** Words in the code of a page: of its blocks, and between backticks. */
function shownIn(text) {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([part]) => part).join('\n');
  return new Set(code.match(/[A-Za-z_$][\w$]*/g));
}

const uses = files.map(({ path, text }) => ({
  owner: /^packages[\\/]([^\\/]+)[\\/](?!examples[\\/]|README)/.exec(relative(root, path))?.[1],
  imported: importedIn(text),
  shown: path.endsWith('.md') ? shownIn(text) : new Set(),
}));

const entries = folders.flatMap((folder) => entriesOf(folder).map(([name, source]) => ({ folder, name, source })));
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);
const program = ts.createProgram(
  entries.map(({ source }) => source),
  options,
);
const checker = program.getTypeChecker();

/** Exported symbols of a package by name, each once, however many entries have it. */
const surface = new Map(folders.map((folder) => [folder, new Map()]));
for (const { folder, source } of entries)
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(source))))
    surface
      .get(folder)
      .set(symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

/** Names that the declarations of a symbol mention, but for what functions do: what whoever uses it holds in hands. */
function mentionedBy(symbol) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, (child) => {
      const isBody = ts.isFunctionLike(node) && child === node.body;
      if (!isBody) visit(child);
    });
  };
  for (const declaration of symbol.declarations ?? []) {
    visit(declaration);
    const type = checker.typeToString(
      checker.getTypeOfSymbolAtLocation(symbol, declaration),
      declaration,
      ts.TypeFormatFlags.NoTruncation,
    );
    for (const word of type.match(/[A-Za-z_$][\w$]*/g) ?? []) found.add(word);
  }
  return found;
}

const isType = (symbol) => !(symbol.flags & ts.SymbolFlags.Value);

/** The names that somebody uses, and the types that those have in their signatures, in turn. */
function usedOf(folder, exported) {
  const used = new Set(
    [...exported.keys()].filter((name) =>
      uses.some(
        ({ owner, imported, shown }) =>
          (owner !== folder && imported.has(`@idlm/${folder} ${name}`)) || shown.has(name),
      ),
    ),
  );
  for (const name of used)
    for (const mentioned of mentionedBy(exported.get(name)))
      if (exported.has(mentioned) && isType(exported.get(mentioned))) used.add(mentioned);
  return used;
}

let [all, unused] = [0, 0];
for (const [folder, exported] of surface) {
  const used = usedOf(folder, exported);
  const free = [...exported.keys()].filter((name) => !used.has(name));
  all += exported.size;
  unused += free.length;
  console.log(`${folder}: ${free.length} of ${exported.size} exported names are used by nobody outside of it`);
  if (process.argv.includes('--list')) free.sort().forEach((name) => console.log(`  ${name}`));
}
const share = unused / all;
console.log(`${unused} of ${all} in all, ${(100 * share).toFixed(1)} %; at most ${100 * LIMIT} %`);
if (share > LIMIT) {
  console.error('Too much is exported: remove what nobody needs, or show it where its users look (--list names it).');
  process.exitCode = 1;
}
