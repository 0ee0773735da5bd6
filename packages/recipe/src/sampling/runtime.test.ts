import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { PRESETS, initialParameters } from '@idlm/denoiser';
import { saveModel } from '@idlm/denoiser/node';
import type { Engine, NativeParts } from '@idlm/engine';
import { findOnnxLibrary } from '@idlm/onnx/node';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import { savedModel } from '../models/model-files';
import { type Runtime, chooseRuntime, isForOnnx, onnxRowsOf, openOnnxNetwork, usableVersion } from './runtime';

const config = { ...PRESETS.tiny, hidden: 16, blocks: 1, heads: 2, cond: 4, length: 8, vocabSize: 12 };
const network = { type: 'dit', config: { ...config, timeConditioned: false } };
const engine = { name: 'wasm' } as Engine;

let folder: string;
beforeAll(async () => {
  await useBackend();
  folder = await mkdtemp(join(tmpdir(), 'runtime-'));
  const parameters = initialParameters(network.config, randomStream(1));
  await saveModel(folder, { network, family: { name: 'mdlm' }, parameters, metadata: {} });
  tf.dispose(parameters);
});
afterAll(() => rm(folder, { recursive: true }));

/** What is chosen for a model with settings. */
async function chosen(settings: string[], changes: object = {}): Promise<Runtime['kind']> {
  const given = {
    loaded: resolveConfig({ settings }),
    network,
    stored: savedModel(folder, network),
    multiplications: 1e6,
  };
  return (await chooseRuntime({ ...given, ...changes }, () => Promise.resolve(engine))).kind;
}

describe('the runtime of a model that writes', () => {
  it('is the engine where that is set, or asked for', async () => {
    for (const setting of [
      'engine.name=wasm',
      'engine.precision=float32',
      'engine.compile=off',
      'sampling.runtime=engine',
    ])
      expect(await chosen([setting])).toBe('engine');
  });

  it('is the engine for models of which there is no graph', async () => {
    const causal = { network: { type: 'causal-dit', config: { ...network.config, causal: true } } };
    const own = { network: { type: 'mamba', config: network.config } };
    const { open: _, ...inMemory } = savedModel(folder, network);
    for (const changes of [causal, own, { stored: inMemory }]) expect(await chosen([], changes)).toBe('engine');
    await expect(chosen(['sampling.runtime=onnx'], own)).rejects.toThrow('this model is of the type "mamba"');
    await expect(chosen(['sampling.runtime=onnx'], { stored: inMemory })).rejects.toThrow('this model is in memory');
  });

  it('is ONNX Runtime for a little text where it is installed', async () => {
    expect(await chosen([])).toBe(findOnnxLibrary() ? 'onnx' : 'engine');
  });

  it('is ONNX Runtime for large networks on CPUs too, which native takes as long for and more memory', () => {
    const large = { type: 'dit', config: { ...network.config, vocabSize: 2 ** 21 } };
    const native = { library: '', kernels: '', path: folder, origin: 'installed by idlm' } as const;
    const isFor = (multiplications: number, parts?: NativeParts, of = network) =>
      isForOnnx({ network: of, multiplications }, parts);
    expect([isFor(2e11, native), isFor(3e11, native), isFor(3e11)]).toEqual([true, false, true]);
    expect([isFor(3e11, native, large), isFor(3e11, { ...native, cuda: join(folder, 'none') }, large)]).toEqual([
      true,
      true,
    ]);
    // With libraries for a GPU, of either origin.
    for (const gpu of [{ cuda: folder }, { path: join(folder, 'tfjs-node-gpu') }])
      expect(isFor(3e11, { ...native, ...gpu }, large)).toBe(false);
    // Weights of a graph lie in a file meanwhile, which has to find room.
    const huge = { type: 'dit', config: { ...network.config, vocabSize: 2 ** 24, hidden: 2 ** 24 } };
    expect(isFor(3e11, native, huge)).toBe(false);
  });

  it('calls ONNX Runtime with few long rows of large networks, whose scores it holds all', () => {
    const of = (length: number, vocabSize: number) => {
      const sizes = { ...network.config, heads: 4, hidden: 16, length, vocabSize };
      return onnxRowsOf({ type: 'dit', config: sizes });
    };
    expect([of(1024, 2 ** 21), of(128, 2 ** 21), of(8192, 2 ** 21)]).toEqual([4, 256, 1]);
    expect(of(1024, 12)).toBeUndefined();
    expect(onnxRowsOf({ type: 'mamba', config: { ...network.config, vocabSize: 2 ** 30 } })).toBeUndefined();
  });

  it('is not a library that cannot be loaded, unless that is asked for', async () => {
    const library = join(folder, 'libonnxruntime.so.1');
    await writeFile(library, 'no library');
    expect(usableVersion(library, false)).toBeUndefined();
    expect(() => usableVersion(library, true)).toThrow(`ONNX Runtime cannot be loaded from ${library}`);
  });
});

(findOnnxLibrary() ? it : it.skip)('a saved network runs without an engine', async () => {
  const schedule = { sigma: (t: number) => t };
  const stored = savedModel(folder, network);
  const { denoise, dispose } = await openOnnxNetwork({ network, stored, schedule, library: findOnnxLibrary()! });
  const logits = await denoise({ tokens: new Int32Array(8), length: 8, t: 0.5, positions: Int32Array.of(1, 5) });
  expect([logits.length, logits.every(Number.isFinite)]).toEqual([24, true]);
  dispose();
});
