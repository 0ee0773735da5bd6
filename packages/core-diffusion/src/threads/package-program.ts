import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What Node is given to run a program, and from which folder. */
export interface PackageProgram {
  readonly args: readonly string[];
  readonly cwd: string;
}

/**
 * The program of a package's own processes: the built `main` that lies beside what is built, or its source with a loader of TypeScript.
 * @param own `import.meta.url` of the caller
 * @param source the package's folder of sources as seen from the caller's, such as `..`
 */
export function packageProgram(own: string, source: string): PackageProgram {
  const file = fileURLToPath(own);
  const [cwd, ending] = [dirname(file), extname(file)];
  return ending === '.ts'
    ? { args: ['--conditions=@idlm/source', '--import', 'tsx', join(cwd, source, 'main.ts')], cwd }
    : { args: [join(cwd, `main${ending}`)], cwd };
}
