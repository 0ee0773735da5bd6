import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadedPackages } from '@idlm/tools/loaded-packages';
import { isInstalled } from './install/locations';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
const loadedBy = (script: string) => loadedPackages(script, folder);

/** What the WASM engine does without. */
const FOREIGN = ['koffi', 'undici', '@tensorflow/tfjs', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-webgl'];

/** Opens an engine, multiplies on it, and differentiates where gradients are registered. */
const use = (open: string, differentiate: boolean) => `
  import * as tf from '@tensorflow/tfjs-core';
  await ${open};
  const square = (x) => tf.sum(tf.square(x));
  const y = ${differentiate ? 'tf.grad(square)' : 'square'}(tf.tensor1d([3]));
  if (y.dataSync()[0] !== ${differentiate ? 6 : 9}) throw new Error('computed ' + y);
`;

it.each([
  ['@idlm/engine/wasm', `import { openWasm } from '@idlm/engine/wasm'; ${use('openWasm()', false)}`],
  ['openEngine', `import { openEngine } from '@idlm/engine'; ${use("openEngine({ prefer: 'wasm' })", true)}`],
])('WASM by %s loads nothing native, nothing of the installer and no other backend', (_, script) => {
  const loaded = loadedBy(script);
  expect([...loaded]).toEqual(expect.arrayContaining(['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']));
  expect(FOREIGN.filter((name) => loaded.has(name))).toEqual([]);
});

(isInstalled() ? it : it.skip)('native loads koffi, and neither WASM nor the installer', () => {
  const loaded = loadedBy(`import { openNative } from '@idlm/engine/native'; ${use('openNative()', true)}`);
  expect(loaded).toContain('koffi');
  const others = ['undici', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'];
  expect(others.filter((name) => loaded.has(name))).toEqual([]);
});

it('the installer loads undici, and no tensors before it verifies', () => {
  const loaded = loadedBy(`import '@idlm/engine/install';`);
  expect(loaded).toContain('undici');
  expect([...loaded].filter((name) => name === 'koffi' || name.startsWith('@tensorflow/'))).toEqual([]);
});
