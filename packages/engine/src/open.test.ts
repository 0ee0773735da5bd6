import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describeEngine, measureMatMul } from './info';
import { isInstalled, nativePaths } from './install/locations';
import { engineAtHand, openEngine } from './open';

const home = process.env['IDLM_HOME'];
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-open-'))));
afterEach(() => {
  if (home === undefined) delete process.env['IDLM_HOME'];
  else process.env['IDLM_HOME'] = home;
  rmSync(folder, { recursive: true });
});

/** An installation whose library is no library. */
function installBroken(): void {
  process.env['IDLM_HOME'] = folder;
  const { library, complete } = nativePaths(folder, { version: '2.19.1' });
  mkdirSync(dirname(library), { recursive: true });
  for (const file of [library, complete]) writeFileSync(file, '{}');
}

describe('openEngine', () => {
  it.each(['wasm', 'cpu'] as const)('opens %s when asked', async (name) => {
    const engine = await openEngine({ prefer: name });
    expect(engine).toMatchObject({ name, devices: ['CPU'], threads: 1 });
    expect(tf.getBackend()).toBe(name);
    expect(engine.reason).toContain('asked for');
  });

  it('takes WASM where native is not installed, and says how to bring it', async () => {
    process.env['IDLM_HOME'] = folder;
    const engine = await openEngine();
    expect(engine.name).toBe('wasm');
    expect(engine.reason).toContain('idlm engine install');
    await expect(openEngine({ prefer: 'native' })).rejects.toThrow('is not installed: run "idlm engine install"');
  });

  it('takes WASM where native cannot be opened, and says why', async () => {
    installBroken();
    const engine = await openEngine();
    expect(engine.name).toBe('wasm');
    expect(engine.reason).toMatch(/cannot be opened: The TensorFlow library at .* cannot be loaded/);
    await expect(openEngine({ prefer: 'native' })).rejects.toThrow('cannot be loaded');
  });

  it('refuses a precision that plain engines lack', async () => {
    await expect(openEngine({ prefer: 'wasm', precision: 'bfloat16' })).rejects.toThrow('is for the native engine');
    process.env['IDLM_HOME'] = folder;
    await expect(openEngine({ precision: 'tf32' })).rejects.toThrow('not chosen or is not installed');
    expect((await openEngine({ precision: 'float32' })).precision).toBe('float32');
  });

  it.each([
    [{ prefer: 'webgpu' }, 'Option "prefer" of an engine is one of auto, native, wasm, cpu; "webgpu" was given.'],
    [{ compile: 'jit' }, 'Option "compile" of an engine is one of auto, graph, xla, off; "jit" was given.'],
    [
      { precision: 'float16' },
      'Option "precision" of an engine is one of float32, tf32, bfloat16; "float16" was given.',
    ],
    [{ freedMemory: true }, 'Option "freedMemory" of an engine is one of kept, returned; true was given.'],
    [{ threads: 0 }, 'Option "threads" of an engine is a whole number of at least 1; 0 was given.'],
    [{ threads: '2' }, 'Option "threads" of an engine is a whole number of at least 1; "2" was given.'],
    [{ perfer: 'wasm' }, 'An engine has no option "perfer"; did you mean "prefer"?'],
    [
      { backend: 'wasm' },
      'An engine has no option "backend"; it has prefer, compile, precision, threads, freedMemory.',
    ],
  ])('refuses %j, which TypeScript would', async (options, message) => {
    await expect(openEngine(options as never)).rejects.toMatchObject({ exitCode: 2, message });
  });

  it('takes options without a value as not given', async () => {
    const none = { compile: undefined, precision: undefined, threads: undefined, freedMemory: undefined };
    expect((await openEngine({ prefer: 'cpu', ...none })).name).toBe('cpu');
  });

  it('computes the same after another engine was in use', async () => {
    const engines = ['wasm', 'cpu', ...(isInstalled() ? (['native'] as const) : []), 'wasm'] as const;
    for (const prefer of engines) {
      await openEngine({ prefer });
      expect(Array.from(tf.tidy(() => tf.softmax(tf.tensor1d([0, Math.log(3)]))).dataSync())).toBeCloseToArray(
        [0.25, 0.75],
        { atol: 1e-6 },
      );
    }
  });
});

describe('engineAtHand', () => {
  it('names what would be opened, and opens nothing', async () => {
    await openEngine({ prefer: 'cpu' });
    expect(engineAtHand()).toBe(isInstalled() ? 'native' : 'wasm');
    expect([engineAtHand({ prefer: 'wasm' }), engineAtHand({ prefer: 'cpu' })]).toEqual(['wasm', 'cpu']);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('refuses what cannot be had', () => {
    expect(() => engineAtHand({ prefer: 'webgl' as 'wasm' })).toThrow('"webgl" was given');
    expect(() => engineAtHand({ prefer: 'wasm', precision: 'bfloat16' })).toThrow('is for the native engine');
  });
});

describe('describeEngine', () => {
  it('adds a measured rate and where native is', async () => {
    const engine = await openEngine({ prefer: 'wasm' });
    const before = tf.memory().numTensors;
    const description = describeEngine(engine);
    expect(description).toMatchObject({ name: 'wasm', reason: engine.reason, version: engine.version, threads: 1 });
    expect(description).toMatchObject({ compiling: 'off', precision: 'float32' });
    expect(description).not.toHaveProperty('oneDnn');
    expect(description.processor.cores).toBeGreaterThanOrEqual(1);
    expect(description.gigaflops).toBeGreaterThan(0);
    expect(description.native === undefined).toBe(!isInstalled());
    expect(tf.memory().numTensors).toBe(before);
  });

  it('measures a finite rate', () => expect(Number.isFinite(measureMatMul())).toBe(true));
});
