import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { addGroups, freeGroups } from './tensor-groups';

beforeAll(() => useBackend());

const groups = () => ({
  weights: { b: tf.tensor1d([1, 2]), a: tf.scalar(3) },
  none: {},
  loss: tf.scalar(4),
});

describe('tensor groups', () => {
  it('add up, and free what they were', () => {
    const tensors = tf.memory().numTensors;
    const sum = addGroups(groups(), groups());
    const { weights, none, loss } = sum;
    expect([weights.b, weights.a, loss].map((tensor) => Array.from(tensor.dataSync()))).toEqual([[2, 4], [6], [8]]);
    expect(none).toEqual({});
    expect(tf.memory().numTensors).toBe(tensors + 3);
    freeGroups(sum);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
