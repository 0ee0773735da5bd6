import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** A module that was imported, and its file. */
interface ModuleFile {
  readonly specifier: string;
  readonly path: string;
}

/** A line of an imported module. */
export interface ImportedPlace {
  readonly specifier: string;
  readonly line: number;
}

/**
 * The topmost line of imported modules in the stack trace of an error: where their author has to look, however deep in libraries
 * the error was thrown. Node names files there by what links lead to.
 */
export function placeInTrace(trace: string, modules: readonly ModuleFile[]): ImportedPlace | undefined {
  const places = modules.flatMap(({ specifier, path }) =>
    [pathToFileURL(realpathSync(path)).href, realpathSync(path)].flatMap((file) => {
      const at = trace.indexOf(`${file}:`);
      const line = at < 0 ? NaN : Number.parseInt(trace.slice(at + file.length + 1), 10);
      return Number.isNaN(line) ? [] : [{ at, specifier, line }];
    }),
  );
  const [first] = places.sort((a, b) => a.at - b.at);
  return first && { specifier: first.specifier, line: first.line };
}
