import { createRequire, register } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What stands before the name of a package that is to be found from where the command runs. */
const FROM_HERE = 'idlm-import:';

/**
 * Resolves our packages and the one that computes as the command itself does, whoever imports them: a module registers its
 * choices in the registries of the package that it imports, and another copy would have others; tensors of another copy have no
 * backend. Written as text, since hooks run in a thread of their own, which loads modules by URL alone.
 */
const HOOKS = `
let own, here;
export const initialize = (urls) => { ({ own, here } = urls); };
export function resolve(specifier, context, next) {
  if (specifier.startsWith('${FROM_HERE}'))
    return next(specifier.slice(${FROM_HERE.length}), { ...context, parentURL: here });
  const isShared = specifier.startsWith('@idlm/') || specifier === '@tensorflow/tfjs-core';
  return next(specifier, isShared ? { ...context, parentURL: own } : context);
}
`;

let isInstalled = false;

/** From now on, modules that are imported share the command's own packages, also where they cannot see any. */
export function shareOwnPackages(): void {
  if (isInstalled) return;
  isInstalled = true;
  const here = pathToFileURL(`${process.cwd()}/package.json`).href;
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, {
    parentURL: import.meta.url,
    data: { own: import.meta.url, here },
  });
}

/**
 * The file of a package that is imported where the command runs. A module of its own asks for it, since the build for `require`
 * has no `import.meta.resolve`.
 * @throws if there is none
 */
export async function packageFile(name: string): Promise<string> {
  shareOwnPackages();
  const asking = `export default import.meta.resolve(${JSON.stringify(`${FROM_HERE}${name}`)})`;
  const { default: url } = (await import(`data:text/javascript,${encodeURIComponent(asking)}`)) as { default: string };
  return fileURLToPath(url);
}

/** Whether this package was loaded by `require`: what a module registers in the copy that it imports would not be seen here. */
export const isRequired = (): boolean => import.meta.url.endsWith('.cjs');

/** Files of our packages for `require`: a module that loads one has registries of its own. */
const REQUIRED = /[\\/](?:@idlm|packages)[\\/]([\w-]+)[\\/]dist[\\/][^\\/]+\.cjs$/;

/** Our packages that have been loaded by `require`, and so a second time. */
export const requiredPackages = (): string[] =>
  Object.keys(createRequire(import.meta.url).cache).flatMap((path) => {
    const name = REQUIRED.exec(path)?.[1];
    return name ? [`@idlm/${name}`] : [];
  });
