import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Packages of others that ours depend on. */
function foreignPackages(): string[] {
  const folders = readdirSync(join(ROOT, 'packages'));
  const names = folders.flatMap((folder) => {
    const text = readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8');
    const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
    const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];
    return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  });
  return [...new Set(names)].filter((name) => !name.startsWith('@idlm/'));
}

/** The folder of the package that a file belongs to. */
const packageOf = (path: string): string => (existsSync(join(path, 'package.json')) ? path : packageOf(dirname(path)));

/** Files of tfjs-core that the engine registers. */
const REGISTRATIONS = ['register_all_gradients', 'public/chained_ops/register_all_chained_ops'].map(
  (name) => `@tensorflow/tfjs-core/dist/${name}`,
);

/** A TypeScript file as JavaScript that Node runs. */
export interface Bundle {
  /** Path of the JavaScript. */
  readonly program: string;
  /** Removes all that was written. */
  remove(): void;
}

/**
 * JavaScript from a TypeScript file and what it imports of ours: a loader of TypeScript takes each process two to three seconds,
 * longer than most tests want of it. As in a build, what is imported late is a file of its own. Without worker threads, which the
 * sources start from files that are not imported.
 */
export function bundleOf(file: string): Bundle {
  // From here packages that are not in it are found.
  const cache = join(packageOf(file), 'node_modules/.cache/idlm-tests');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'bundle-'));
  buildSync({
    ...{ entryPoints: [file], outdir, outExtension: { '.js': '.mjs' }, bundle: true, splitting: true },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
    ...{ conditions: ['@idlm/source'], external: foreignPackages() },
    alias: {
      // As packages are built: Node cannot load these files of tfjs-core as they are.
      '#tfjs-registrations': join(ROOT, 'packages/engine/src/tfjs-registrations.ts'),
      ...Object.fromEntries(REGISTRATIONS.map((name) => [name, join(ROOT, 'node_modules', `${name}.js`)])),
    },
  });
  return {
    program: join(outdir, `${basename(file, '.ts')}.mjs`),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
