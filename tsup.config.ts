import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { defineConfig } from 'tsup';

/** What package.json says users may import, and the names that it maps. */
const { exports: entries, imports: mapped = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { '@idlm/source'?: string }>;
  imports?: Record<string, unknown>;
};
const named = Object.values(entries).flatMap((entry) => entry['@idlm/source'] ?? []);

/** Files that programs, threads and mapped names start from. */
const unnamed = ['./src/main.ts', './src/worker.ts', './src/stall-thread.mjs', './src/tfjs-registrations.ts'].filter(
  (file) => existsSync(file),
);

const entry = [...new Set([...named, ...unnamed])];

/** Large CommonJS files that ES modules import, and what they are called in packages that map them. */
const MAPPED: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs-core': 'tfjs-core',
  '@tensorflow/tfjs-backend-wasm': 'tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-cpu': 'tfjs-backend-cpu',
};

/** What asks for one in an ES module; its name may stand in a text as well. */
const IMPORT = /((?:\bfrom|\bimport) |\bimport\()"(@tensorflow\/tfjs-(?:core|backend-wasm|backend-cpu))"/g;

/**
 * An ES module that requires a package for Node. Where an ES module imports a CommonJS file, Node first reads it letter by letter for the
 * names that it exports: 0.2 s of processor time in each process and thread for tfjs-core (1.2 MB). Here they are told. Bundles take the package itself.
 */
function requiring(name: string): string {
  const names = Object.keys(createRequire(`${process.cwd()}/`)(name) as object).toSorted();
  return `import { createRequire } from 'node:module';
export const { ${names.join(', ')} } = createRequire(import.meta.url)('${name}');
`;
}

/** One build for every package: ESM, CommonJS and declarations from each entry of the package. */
export default defineConfig({
  entry,
  format: ['esm', 'cjs'],
  dts: { entry: entry.filter((file) => file.endsWith('.ts')), compilerOptions: { customConditions: [] } },
  target: 'node20',
  clean: true,
  splitting: true,
  // Names that a package maps by itself, and dependencies that need not be there.
  external: [/^@tensorflow\//, /^#/, 'koffi'],
  // Files of tfjs-core that Node cannot load.
  noExternal: [/^@tensorflow\/tfjs-core\/dist\/.*register_all/],
  sourcemap: true,
  plugins: [
    {
      name: 'required-for-node',
      renderChunk(code) {
        if (this.format !== 'esm') return;
        return {
          code: code.replaceAll(IMPORT, (_, before: string, name: string) => {
            const as = `#${MAPPED[name]}`;
            if (!(as in mapped)) throw new Error(`package.json does not map ${as}, which is to stand for ${name}.`);
            return `${before}"${as}"`;
          }),
        };
      },
    },
  ],
  async onSuccess() {
    for (const [name, file] of Object.entries(MAPPED))
      if (`#${file}` in mapped) await writeFile(`dist/${file}.js`, requiring(name));
  },
  // `import.meta.url` also in CommonJS.
  shims: true,
  // What they would add to ES modules imports modules of Node, which a bundle for browsers has not.
  esbuildOptions(options, { format }) {
    if (format === 'esm') options.inject = options.inject?.filter((file) => !file.includes('esm_shims'));
  },
});
