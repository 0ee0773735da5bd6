import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors } from '../safetensors/read';
import { tensorsFile } from './weights';

beforeAll(() => openEngine({ prefer: 'cpu' }));

it('tensors are fetched from the device one at a time, so that large ones are in memory once', async () => {
  const tensors = { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3]), c: tf.tensor2d([[4], [5]]) };
  let [under, most] = [0, 0];
  for (const tensor of Object.values<tf.Tensor>(tensors)) {
    const data = tensor.data.bind(tensor);
    tensor.data = (async () => {
      most = Math.max(most, ++under);
      const numbers = await data();
      under--;
      return numbers;
    }) as typeof tensor.data;
  }
  const file = readSafetensors(await tensorsFile(tensors, { step: '1' }));
  expect(most).toBe(1);
  const shapes = Object.entries(file.tensors).map(([name, { shape }]) => [name, shape]);
  expect(shapes).toEqual([
    ['a', [2]],
    ['b', [1]],
    ['c', [2, 1]],
  ]);
  const numbers = Object.values(file.tensors).map(({ bytes }) => Array.from(new Float32Array(bytes.slice().buffer)));
  expect(numbers).toEqual([[1, 2], [3], [4, 5]]);
});
