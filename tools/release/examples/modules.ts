import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Example } from './example';

/** An example as a module on the disk. */
export interface ExampleModule {
  readonly example: Example;
  readonly path: string;
}

/**
 * Writes the examples as modules whose lines are those of the files that they come from.
 * @param folder within the repository, so that the packages resolve
 */
export function writeModules(examples: readonly Example[], folder: string): ExampleModule[] {
  return examples.map((example) => {
    const path = join(folder, `${example.file}.${example.line}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '\n'.repeat(example.line - 1) + example.code);
    return { example, path };
  });
}

/** A message with the names of the files that readers know, in place of those of the modules. */
export const withOriginalNames = (message: string, folder: string): string =>
  message
    .replaceAll('file://', '')
    .replaceAll(`${folder}/`, '')
    .replaceAll(/(\.(?:md|ts))\.\d+\.ts(?=\W)/g, '$1');
