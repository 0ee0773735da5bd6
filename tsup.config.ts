import { existsSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** What package.json says users may import. */
const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { '@idlm/source'?: string }>;
};
const named = Object.values(entries).flatMap((entry) => entry['@idlm/source'] ?? []);

/** Files that programs, threads and mapped names start from. */
const unnamed = ['./src/main.ts', './src/worker.ts', './src/tfjs-registrations.ts'].filter((file) => existsSync(file));

/** One build for every package: ESM, CommonJS and declarations from each entry of the package. */
export default defineConfig({
  entry: [...new Set([...named, ...unnamed])],
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { customConditions: [] } },
  target: 'node20',
  clean: true,
  splitting: true,
  // Names that a package maps by itself, and dependencies that need not be there.
  external: [/^@tensorflow\//, /^#/, 'koffi'],
  // Files of tfjs-core that Node cannot load.
  noExternal: [/^@tensorflow\/tfjs-core\/dist\/.*register_all/],
  sourcemap: true,
  // `import.meta.url` also in CommonJS.
  shims: true,
  // What they would add to ES modules imports modules of Node, which a bundle for browsers has not.
  esbuildOptions(options, { format }) {
    if (format === 'esm') options.inject = options.inject?.filter((file) => !file.includes('esm_shims'));
  },
});
