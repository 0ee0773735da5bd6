import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as bundles from '@idlm/tools/bundles';

/** Programs of threads that this process of jest has made, by their sources. */
const { threadPrograms } = globalThis as unknown as { readonly threadPrograms: Map<string, string> };

/** Loaded where a thread begins: most files start none. */
function made(file: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { bundleOf } = require('@idlm/tools/bundles') as typeof bundles;
  return bundleOf(file).program;
}

/** Takes the place of `workerProgram`: a loader of TypeScript takes each thread longer than most tests want of it. */
export function workerProgram(own: string, source: string): { readonly entry: URL } {
  const file = join(dirname(fileURLToPath(own)), source, 'worker.ts');
  const program = threadPrograms.get(file) ?? made(file);
  threadPrograms.set(file, program);
  return { entry: pathToFileURL(program) };
}
