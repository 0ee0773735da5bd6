import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * ONNX Runtime's WebAssembly as a file that the page decompresses itself: a quarter of its size on any server. Its name ends in
 * `.bin`, since servers that know `.gz` say to browsers that it is to be decompressed on the way.
 */
async function writeRuntime(folder) {
  const wasm = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const bytes = gzipSync(await readFile(wasm), { level: 9 });
  const path = `runtime-${sha256(bytes).slice(0, 16)}.bin`;
  await writeFile(join(folder, path), bytes);
  return { path, bytes: bytes.length, sha256: sha256(bytes) };
}

/** Bundles a script for browsers. */
const bundle = (folder, entry, name, { define, conditions }) =>
  build({
    entryPoints: [join(root, entry)],
    outfile: join(folder, name),
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions,
    define,
    // The vocabulary of a tokenizer by its name alone, which no page asks for.
    external: ['gpt-tokenizer/*'],
    logLevel: 'warning',
    legalComments: 'none',
  });

/** Names of the page's own files but the service worker, and a name of their state. */
async function shellOf(folder) {
  const files = (await readdir(folder)).filter((name) => !name.startsWith('runtime-')).sort();
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name))));
  return { version: sha256(Buffer.concat(contents)).slice(0, 16), files };
}

/**
 * Builds the page's own files into a folder, anew.
 * @param conditions of exports of packages: `@idlm/source` bundles them from their sources
 */
export async function buildShell(folder, { conditions = [] } = {}) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(join(root, 'static')))
    await copyFile(join(root, 'static', name), join(folder, name));
  const RUNTIME = JSON.stringify(await writeRuntime(folder));
  await bundle(folder, 'browser/main.ts', 'page.js', { define: {}, conditions });
  await bundle(folder, 'worker/main.ts', 'worker.js', { define: { RUNTIME }, conditions });
  const SHELL = JSON.stringify(await shellOf(folder));
  await bundle(folder, 'service-worker/main.ts', 'service-worker.js', { define: { SHELL }, conditions });
}
