// Puts the page together in `site`: its bundle, ONNX Runtime's WebAssembly, and the student as an ONNX file with weights of 8 bits.
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pairFolder } from '@idlm/cli/pair';
import { build } from 'esbuild';

const found = (name) => fileURLToPath(import.meta.resolve(name));
const here = import.meta.dirname;
await build({
  entryPoints: [join(here, 'page.mjs')],
  outdir: join(here, 'site'),
  bundle: true,
  format: 'esm',
  minify: true,
});
const wasm = 'ort-wasm-simd-threaded.wasm';
copyFileSync(found(`onnxruntime-web/${wasm}`), join(here, 'site', wasm));
const idlm = join(dirname(found('@idlm/cli/package.json')), 'bin/idlm.mjs');
const argv = ['export', pairFolder('student'), join(here, 'site/student.onnx'), '--weights', 'q8', '--force'];
execFileSync(process.execPath, [idlm, ...argv], { stdio: 'inherit' });
