import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** One build for every package: ESM, CommonJS and declarations from each entry that the package's folder holds. */
export default defineConfig({
  entry: [
    'src/index.ts',
    'src/main.ts',
    'src/node.ts',
    'src/worker.ts',
    'src/conformance.ts',
    'src/exact.ts',
    'src/sampling.ts',
  ].filter((file) => existsSync(file)),
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { customConditions: [] } },
  target: 'node20',
  clean: true,
  splitting: true,
  external: [/^@tensorflow\//],
  sourcemap: true,
  // `import.meta.url` also in CommonJS.
  shims: true,
});
