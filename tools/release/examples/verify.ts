import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkTypes } from './check-types';
import type { Example, Problem } from './example';
import { withOriginalNames, writeModules } from './modules';
import { problemOf } from './output';
import { runModules } from './run-modules';

/**
 * Checks the types of examples and runs those that can run.
 * @param root of the repository
 * @returns what is wrong, each with file and line; none where all hold
 */
export async function verifyExamples(examples: readonly Example[], root: string): Promise<Problem[]> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/examples-'));
  try {
    const modules = writeModules(examples, folder);
    const runnable = modules.filter(({ example }) => example.noRun === undefined);
    const running = runModules(runnable, root);
    const mistyped = checkTypes(modules, root);
    const outcomes = await running;
    const failed = runnable.flatMap(({ example }, i) => {
      const { printed, error } = outcomes[i]!;
      return problemOf(example, { printed, error: error && withOriginalNames(error, folder) }) ?? [];
    });
    return [...mistyped, ...failed];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
