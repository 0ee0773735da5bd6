import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a worker thread runs, and Node's options for it. */
export interface WorkerProgram {
  readonly entry: URL;
  readonly execArgv?: string[];
}

/**
 * The program of a package's worker threads: the built `worker` that lies beside what is built, or from source what registers a loader of
 * TypeScript first.
 * @param own `import.meta.url` of the caller
 * @param source the package's folder of sources as seen from the caller's, such as `..`
 */
export function workerProgram(own: string, source: string): WorkerProgram {
  const ending = extname(fileURLToPath(own));
  return ending === '.ts'
    ? { entry: new URL(`${source}/worker-from-source.mjs`, own), execArgv: ['--conditions=@idlm/source'] }
    : { entry: new URL(`./worker${ending}`, own) };
}
