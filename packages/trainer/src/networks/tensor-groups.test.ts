import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { addGroups, freeGroups, layoutOf, pack, unpack } from './tensor-groups';

beforeAll(() => useBackend());

const groups = () => ({
  weights: { b: tf.tensor1d([1, 2]), a: tf.scalar(3) },
  none: {},
  feeds: { ids: tf.tensor1d([4, 5]) },
});
const values = (of: ReturnType<typeof unpack>) =>
  Object.fromEntries(
    Object.entries(of).map(([group, tensors]) => [
      group,
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, Array.from(tensor.dataSync())])),
    ]),
  );

describe('tensor groups', () => {
  it('become one list and groups again, in the order of the layout', () => {
    const before = groups();
    const layout = layoutOf(before);
    const list = pack(before, layout);
    expect(list).toEqual([before.weights.b, before.weights.a, before.feeds.ids]);
    expect(unpack(list, layout)).toEqual(before);
    freeGroups(before);
  });

  it('are packed by name, whatever the order they are given in', () => {
    const { weights, none, feeds } = groups();
    const layout = layoutOf({ weights, none, feeds });
    const turned = { feeds, none, weights: { a: weights.a, b: weights.b } };
    expect(pack(turned, layout)).toEqual([weights.b, weights.a, feeds.ids]);
    freeGroups(turned);
  });

  it('add up, and free what they were', () => {
    const tensors = tf.memory().numTensors;
    const sum = addGroups(groups(), groups());
    expect(values(sum)).toEqual({ weights: { b: [2, 4], a: [6] }, none: {}, feeds: { ids: [8, 10] } });
    expect(tf.memory().numTensors).toBe(tensors + 3);
    freeGroups(sum);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
