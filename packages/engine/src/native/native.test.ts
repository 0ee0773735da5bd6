import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import koffi from 'koffi';
import { findNative, isInstalled } from '../install/locations';
import { verifyNative } from '../install/verify';
import { openEngine } from '../open';
import { onDeviceOn } from './in-place';
import { compileNative } from './tracing/compile';
import { type NativeBackend, loadKernels } from './kernels/load-kernels';
import { requireFunctionSize } from './tracing/recorder';

describe('loadKernels', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-load-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (files: Record<string, string>) => {
    mkdirSync(join(folder, 'kernels'));
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  };

  it('gives modules our tfjs, the helpers that Node removed, and each other once', () => {
    write({
      'register_all_kernels.js': `require('./kernels/state').count += 1;`,
      'kernels/state.js': `exports.count = 0;`,
      'nodejs_kernel_backend.js': `
        const state = require('./kernels/state.js');
        const [tf, util, os] = [require('@tensorflow/tfjs'), require('util'), require('os')];
        exports.NodeJSKernelBackend = { count: state.count, engine: tf.engine(), gone: util.isNullOrUndefined(null), os };`,
    });
    const found = loadKernels(folder) as unknown as Record<string, unknown>;
    expect(found).toMatchObject({ count: 1, gone: true });
    expect(found['engine']).toBe(tf.engine());
    expect(found['os']).toHaveProperty('cpus');
  });

  it.each([
    [{}, 'ENOENT'],
    [{ 'register_all_kernels.js': `require('left-pad')` }, 'asks for the unexpected module "left-pad"'],
  ])('says what is wrong with a folder: %j', (files, message) => {
    write(files);
    expect(() => loadKernels(folder)).toThrow(message);
  });
});

it('refuses a function that protobuf cannot hold', () => {
  expect(() => requireFunctionSize(2 ** 31 - 1)).not.toThrow();
  expect(() => requireFunctionSize(3e9)).toThrow('captured 3.0 GB of numbers, and it holds at most 2 GB');
});

if (!isInstalled()) console.info('The native engine is not installed: its binding is not tested here.');

(isInstalled() ? describe : describe.skip)('the native binding', () => {
  beforeAll(() => openEngine({ prefer: 'native' }));
  const handles = () => (tf.backend() as NativeBackend).binding.getNumOfTensors();

  it('finds where tensors lie on their device, each in a place of its own', async () => {
    const backend = tf.backend() as NativeBackend;
    const [weight, gradient] = [tf.fill([2, 3], 1), tf.tensor1d([1, 2, 3, 4])];
    const given = [gradient, tf.clone(gradient), tf.clone(weight)];
    const seen: number[][] = [];
    const changed = await onDeviceOn(backend)(given, [weight], async (numbers) => {
      for (const { address, length } of numbers) {
        // The processor's memory is this process's.
        const values = new Float32Array(koffi.view(address, 4 * length));
        seen.push([...values]);
        values.forEach((value, i) => (values[i] = 10 * value));
      }
    });
    expect(seen).toEqual([[1, 2, 3, 4], [1, 2, 3, 4], Array(6).fill(1)]);
    const numbers = await Promise.all([...changed, weight].map(async (tensor) => [...(await tensor.data())]));
    expect(numbers).toEqual([[10, 20, 30, 40], [10, 20, 30, 40], Array(6).fill(10), Array(6).fill(1)]);
    tf.dispose([...changed, weight]);
  });

  it('carries every kind of number there and back', () => {
    for (const [values, shape, dtype] of [
      [[1.5, -2, 3e-30, Infinity], [2, 2], 'float32'],
      [[1, -2, 2147483647], [3], 'int32'],
      [[1, 0, 1], [3, 1], 'bool'],
      [[7], [], 'int32'],
      [[], [0, 5], 'float32'],
    ] as const) {
      const tensor = tf.clone(tf.tensor([...values], [...shape], dtype));
      expect(tensor.dtype).toBe(dtype);
      expect(Array.from(tf.reshape(tensor, [-1]).dataSync())).toBeCloseToArray([...values], { rtol: 1e-6 });
    }
  });

  it('refuses strings', () => {
    expect(() => tf.concat([tf.tensor1d(['a'], 'string'), tf.tensor1d(['b'], 'string')])).toThrow('numbers only');
  });

  it('names what TensorFlow refuses, and works on', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expect(() => tf.gather(x, tf.tensor1d([5], 'int32')).dataSync()).toThrow(
      /TensorFlow: indices\[0\] = 5 is not in \[0, 2\)/,
    );
    expect(Array.from(tf.gather(x, tf.tensor1d([1], 'int32')).dataSync())).toEqual([3, 4]);
  });

  it('frees every handle, eager and compiled', async () => {
    const engine = await openEngine({ prefer: 'native' });
    const compiled = engine.compile(([x]) => [tf.softmax(tf.matMul(x!, x!, false, true)), tf.sum(x!)]);
    const x = tf.ones([8, 4]);
    const step = () => {
      tf.dispose(compiled([x]));
      tf.tidy(() =>
        tf
          .valueAndGrad((y: tf.Tensor) => tf.sum(tf.square(tf.softmax(y))))(x)
          .value.dataSync(),
      );
    };
    step();
    const before = [handles(), tf.memory().numTensors];
    for (let i = 0; i < 50; i++) step();
    expect([handles(), tf.memory().numTensors]).toEqual(before);
  });

  it('compiles with XLA to the same numbers', async () => {
    const engine = await openEngine({ prefer: 'native', compile: 'xla' });
    const compiled = engine.compile(([x]) => [tf.logSoftmax(tf.tanh(x!))]);
    for (const shift of [0, 1]) {
      const x = tf.add(tf.reshape(tf.range(0, 12, 1), [3, 4]), shift);
      const [result] = compiled([x]);
      expect(result!.dataSync()).toBeCloseToArray(tf.logSoftmax(tf.tanh(x)).dataSync(), { atol: 1e-5 });
    }
    compiled.dispose();
  });

  it('multiplies in bfloat16 and keeps float32 where products are cast', () => {
    const backend = tf.backend() as NativeBackend;
    const [a, b] = [tf.tensor2d([1 + 2 ** -9, 1, 2, 3], [2, 2]), tf.tensor2d([1, 0, 0, 1 / 3], [2, 2])];
    const compiled = compileNative(backend, ([x, y]) => [tf.matMul(x!, y!), tf.add(x!, 0)], { castProducts: true });
    const [product, sum] = compiled([a, b]);
    const third = 171 / 512;
    expect(Array.from(product!.dataSync())).toEqual([1, third, 2, 3 * third].map((value) => expect.closeTo(value, 2)));
    expect(product!.dataSync()[0]).toBe(1);
    expect(product!.dtype).toBe('float32');
    expect(sum!.dataSync()[0]).toBe(1 + 2 ** -9);
    compiled.dispose();
  });

  it('has one precision in a process', async () => {
    const { precision, devices } = await openEngine({ prefer: 'native' });
    expect(precision).toBe(devices.join() === 'CPU' ? 'float32' : 'tf32');
    await expect(openEngine({ prefer: 'native', precision: 'bfloat16' })).rejects.toThrow(
      `open with the precision ${precision}, and bfloat16 was asked for`,
    );
    await expect(openEngine({ precision: 'bfloat16' })).rejects.toThrow('a process has one precision');
  });

  it('is verified in a process of its own, which tells what is wrong with a library', async () => {
    const parts = findNative()!;
    expect(await verifyNative(parts)).toMatchObject({ version: expect.stringMatching(/^2\.\d+/), devices: ['CPU'] });
    await expect(verifyNative({ ...parts, library: '/nowhere.so' })).rejects.toThrow('/nowhere.so cannot be loaded');
  });
});
