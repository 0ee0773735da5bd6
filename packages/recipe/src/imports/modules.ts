import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError, isInputError } from '@idlm/core-diffusion';
import { isRequired, packageFile, requiredPackages, shareOwnPackages } from './own-packages';
import { isFile, requireJavaScript } from './specifier';
import { type ImportedPlace, placeInTrace } from './trace-place';

/** A module that a configuration imports, once it is loaded. */
export interface ImportedModule {
  /** As it is named: a file as seen from where the command runs, or a package. */
  readonly specifier: string;
  /** The file that was loaded. */
  readonly path: string;
  /** Of that file; not of what it imports. */
  readonly sha256: string;
}

/** What has been loaded, by specifier: Node runs a module once. */
const loaded = new Map<string, ImportedModule>();

/** The file of an import. @throws InputError if there is none */
async function pathOf(specifier: string): Promise<string> {
  if (isFile(specifier)) {
    const path = resolve(specifier);
    if (existsSync(path)) return path;
    throw new InputError(
      `imports: there is no file ${path}; a path of a configuration is seen from its file, and one of --import from here.`,
    );
  }
  try {
    return await packageFile(specifier);
  } catch {
    throw new InputError(
      `imports: there is no package "${specifier}" to be found from ${process.cwd()}; install it there, or name a file as ./${specifier}.`,
    );
  }
}

/** @throws InputError if a module has loaded our packages by `require`, and so registered its choices where nobody looks */
function requireShared(specifier: string, before: readonly string[]): void {
  const second = requiredPackages().find((name) => !before.includes(name));
  if (second)
    throw new InputError(
      `imports: ${specifier} loads a second ${second} by require, so that what it registers is not seen by this command; write it as an ES module (.mjs) that imports ${second}.`,
    );
}

/** What is said of a module that throws, or is no module, while it is loaded; it may throw anything. */
function notLoaded(file: { readonly specifier: string; readonly path: string }, error: unknown): InputError {
  const { name, message, stack = '' } = error instanceof Error ? error : { name: 'thrown', message: String(error) };
  const place = placeInTrace(stack, [file]);
  const where = place ? `, line ${place.line}` : '';
  // A refusal of ours is a sentence already. Node keeps the line of a mistake of syntax to itself.
  const why = isInputError(error) ? message : `${name}: ${message}`;
  const advice = name === 'SyntaxError' && !place ? ` ("node --check ${file.specifier}" shows where)` : '';
  return new InputError(`imports: ${file.specifier} could not be loaded${where}: ${why.replace(/\.$/, '')}${advice}.`, {
    cause: error,
  });
}

async function load(specifier: string): Promise<ImportedModule> {
  requireJavaScript(specifier);
  const path = await pathOf(specifier);
  requireJavaScript(path);
  const before = requiredPackages();
  try {
    await import(pathToFileURL(path).href);
  } catch (error) {
    throw notLoaded({ specifier, path }, error);
  }
  requireShared(specifier, before);
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { specifier, path, sha256 };
}

/**
 * Loads modules that register choices of their own, one after another; what is loaded stays.
 * @throws InputError where this package was loaded by `require`, and for one that is not there, is no JavaScript, fails, or has our packages a second time
 */
export async function importModules(specifiers: readonly string[]): Promise<void> {
  if (!specifiers.length) return;
  if (isRequired())
    throw new InputError(
      'imports: modules register their choices in the packages that they import, and @idlm/recipe was loaded by require, with packages of its own; load it by import.',
    );
  shareOwnPackages();
  // Libraries stand many calls deep between where a module calls them and where they throw; see `importedPlace`.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 50);
  for (const specifier of specifiers) if (!loaded.has(specifier)) loaded.set(specifier, await load(specifier));
}

/** The modules of these names, which are loaded. */
export const importedModules = (specifiers: readonly string[]): ImportedModule[] =>
  specifiers.flatMap((specifier) => loaded.get(specifier) ?? []);

/** The line of an imported module that an error came from, where its trace shows one. */
export const importedPlace = (error: unknown): ImportedPlace | undefined =>
  placeInTrace(String((error as Partial<Error> | undefined)?.stack ?? ''), [...loaded.values()]);

/** All modules that are loaded, for threads that must load them too. */
export const allImports = (): string[] => [...loaded.values()].map(({ path }) => path);
