import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../engine';
import { isInstalled } from '../../install/locations';
import { openEngine } from '../../open';
import { HANDED_OVER } from '../kernels/backend';
import { WORTH_FILLING, constantOf } from './constants';
import type { NativeBackend } from '../kernels/load-kernels';

(isInstalled() ? describe : describe.skip)('constants of a compiled function', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ prefer: 'native' });
  });
  const backend = () => tf.backend() as NativeBackend;

  /** How many numbers a graph writes out for a tensor. */
  const written = (tensor: tf.Tensor): number => {
    const graph = backend().binding.openGraph();
    try {
      return constantOf(backend().binding, graph, backend().getInputTensorIds([tensor])[0]!).written;
    } finally {
      graph.dispose();
      tensor.dispose();
    }
  };

  it('are written out once where they are one number throughout, and whole otherwise', () => {
    const even = tf.fill([2, WORTH_FILLING / 2], 7);
    expect(written(even.clone())).toBe(1);
    expect(written(tf.concat([even, tf.tensor2d([7, 8], [2, 1])], 1))).toBe(WORTH_FILLING + 2);
    expect(written(tf.ones([WORTH_FILLING - 1]))).toBe(WORTH_FILLING - 1);
    even.dispose();
  });

  it.each(['float32', 'int32', 'bool'] as const)('have their numbers, type and shape: %s', (dtype) => {
    const before = [tf.memory().numTensors, backend().binding.getNumOfTensors()];
    const x = tf.tensor1d([0, 1], dtype);
    const compiled = engine.compile(([row]) => [
      tf.concat([tf.ones([WORTH_FILLING, 2], dtype), tf.expandDims(row!, 0)], 0),
    ]);
    const [result] = compiled([x]);
    expect([result!.dtype, result!.shape]).toEqual([dtype, [WORTH_FILLING + 1, 2]]);
    const numbers = result!.dataSync();
    expect(numbers.subarray(0, -2).every((value) => value === 1)).toBe(true);
    expect(Array.from(numbers.slice(-2))).toEqual([0, 1]);
    compiled.dispose();
    tf.dispose([x, result!]);
    expect([tf.memory().numTensors, backend().binding.getNumOfTensors()]).toEqual(before);
  });

  it('may be read where they are made, however large', () => {
    const compiled = engine.compile(([x]) => [tf.mul(x!, tf.ones([HANDED_OVER]).dataSync().length)]);
    const [x] = [tf.scalar(2)];
    const [result] = compiled([x]);
    expect(result!.dataSync()[0]).toBe(2 * HANDED_OVER);
    compiled.dispose();
    tf.dispose([x, result!]);
  });
});

(isInstalled() ? it : it.skip)(
  'large tensors are handed over when they are made, small ones when they are used',
  async () => {
    await openEngine({ prefer: 'native' });
    const { binding } = tf.backend() as NativeBackend;
    const handles = binding.getNumOfTensors();
    const small = tf.tensor1d([1, 2]);
    expect(binding.getNumOfTensors()).toBe(handles);
    const large = tf.tensor1d(Float32Array.from({ length: HANDED_OVER / 4 }, (_, i) => i));
    expect(binding.getNumOfTensors()).toBe(handles + 1);
    expect(Array.from(large.dataSync().slice(-2))).toEqual([HANDED_OVER / 4 - 2, HANDED_OVER / 4 - 1]);
    tf.dispose([small, large]);
    expect(binding.getNumOfTensors()).toBe(handles);
  },
);
