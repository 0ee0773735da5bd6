import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { docCommentBlocks, markdownBlocks } from './blocks';
import type { Example } from './example';

/** Names of the files in a folder and below, where there is such a folder. */
function namesIn(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { encoding: 'utf8', recursive: true });
  return names.filter((name) => name.endsWith(ending)).sort();
}

/**
 * Every example of the documentation: the blocks of all READMEs and of `docs`, the `@example`s in the sources of the packages, and
 * the programs in their folders `examples`.
 * @param root of the repository
 * @throws Error where a block is not written as one
 */
export function collectExamples(root: string): Example[] {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const inFolder = (folder: string, ending: string) =>
    namesIn(join(root, folder), ending).map((name) => `${folder}/${name}`);
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);

  const markdown = ['README.md', ...packages.map((folder) => `${folder}/README.md`), ...inFolder('docs', '.md')];
  const sources = packages
    .flatMap((folder) => inFolder(`${folder}/src`, '.ts'))
    .filter((file) => !file.endsWith('.test.ts'));
  const programs = packages.flatMap((folder) => inFolder(`${folder}/examples`, '.ts'));
  return [
    ...markdown.flatMap((file) => markdownBlocks(read(file), file)),
    ...sources.flatMap((file) => docCommentBlocks(read(file), file)),
    ...programs.map((file) => ({ file, line: 1, code: read(file) })),
  ];
}
