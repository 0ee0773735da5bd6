import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadedPackages } from '@idlm/tools/loaded-packages';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../..');

it('a worker loads WASM, and nothing native', () => {
  const loaded = loadedPackages(
    `import { answering } from './src/sampling/workers/answer.ts';
    const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 3, length: 4, timeConditioned: false };
    const { parameterShapes } = await import('@idlm/denoiser');
    const weights = Object.entries(parameterShapes(config)).map(([name, shape]) => ({
      name, shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    }));
    const request = { tokens: new Int32Array(4), length: 4, t: 1, positions: Int32Array.of(0) };
    const { values, failure } = await answering()({ id: 0, load: { id: 0, network: { type: 'dit', config }, weights }, request });
    if (values?.length !== 3) throw new Error(failure?.message ?? 'answered ' + values);`,
    folder,
  );
  expect(loaded).toContain('@tensorflow/tfjs-backend-wasm');
  expect(['koffi', 'undici', '@tensorflow/tfjs', 'zod'].filter((name) => loaded.has(name))).toEqual([]);
});
