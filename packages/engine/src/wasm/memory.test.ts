import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '../open';
import type { WasmBackend } from './backend';
import { type WasmModule, guardMemory } from './memory';

/** A heap of so many bytes, whose blocks lie behind one another. */
function heap(size: number) {
  const freed: number[] = [];
  let end = 1024;
  const wasm: WasmModule = {
    _malloc(bytes) {
      if (end + bytes > size) return 0;
      end += bytes;
      return (end - bytes) | 0;
    },
    _free: (address) => void freed.push(address),
  };
  return { wasm, freed };
}

const sentence = 'lower sampling.batch, teacher.batch, distillation.batch, data.length or the sizes of the model';

it('refuses what would lie beyond the limit, by whole addresses above 2 GiB, and frees it', () => {
  const { wasm, freed } = heap(4 * 2 ** 30);
  guardMemory(wasm, 3.5 * 2 ** 30);
  expect(wasm._malloc(3 * 2 ** 30)).toBe(1025);
  expect(wasm._malloc(1000)).toBe(1025 + 3 * 2 ** 30);
  expect(() => wasm._malloc(2 ** 29)).toThrow(sentence);
  expect(freed).toEqual([1024, 2025 + 3 * 2 ** 30]);
  expect(() => wasm._malloc(5 * 2 ** 30)).toThrow('ends at 3.50 GiB, and a tensor of 5.00 GiB does not fit');
});

it('refuses the address 0 of a failed allocation, as an error of the user', () => {
  const { wasm } = heap(2 ** 20);
  guardMemory(wasm);
  expect(() => wasm._malloc(2 ** 21)).toThrow(expect.objectContaining({ name: 'InputError', exitCode: 2 }));
  expect(wasm._malloc(100)).toBe(1025);
});

it('stands in front of the engine: a tensor beyond 3.8 GiB is refused and others stay as they are', async () => {
  await openEngine({ prefer: 'wasm' });
  const weights = tf.tensor1d([1, 2, 3]);
  const before = tf.memory().numTensors;
  const { makeOutput } = tf.backend() as WasmBackend;
  expect(() => makeOutput.call(tf.backend(), [2 ** 30], 'float32')).toThrow(sentence);
  expect(tf.memory().numTensors).toBe(before);
  expect(Array.from(tf.add(weights, 1).dataSync())).toEqual([2, 3, 4]);
});
