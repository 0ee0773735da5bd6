import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from '@idlm/core-diffusion';

/** Whether an import is a file, and no package: it begins as paths do. */
export const isFile = (specifier: string): boolean => /^\.{1,2}(?:[\\/]|$)/.test(specifier) || isAbsolute(specifier);

/** A path as imports name it: what is no absolute path begins with a dot. */
function dotted(path: string): string {
  const slashed = path.split(sep).join('/');
  return isAbsolute(path) || slashed.startsWith('.') ? slashed : `./${slashed}`;
}

/** An import of a file in some folder, as seen from where the command runs; packages are found from there anyway. */
export const seenFromHere = (specifier: string, folder: string): string =>
  isFile(specifier) && !isAbsolute(specifier) ? dotted(join(folder, specifier)) : specifier;

/** A file as an import, seen from where the command runs. */
export const fileImport = (path: string): string => {
  const way = relative('.', resolve(path));
  return way.startsWith('..') ? resolve(path) : dotted(way);
};

/** @throws InputError for what is no module that Node runs as it is */
export function requireJavaScript(specifier: string): void {
  const ending = /\.[cm]?tsx?$/.exec(specifier)?.[0];
  if (ending)
    throw new InputError(
      `imports: ${specifier} is TypeScript; name a module of JavaScript (.mjs, or .js), such as what your build writes of it.`,
    );
}
