import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { compileGroups } from './compile-groups';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

describe('compileGroups', () => {
  it('runs a function of named tensors again and again, also on other shapes and orders', () => {
    const compiled = compileGroups(engine, ({ left, right }) => ({
      sums: { all: tf.add(tf.sum(left!['x']!), tf.sum(right!['y']!)) },
      parts: { x: tf.mul(left!['x']!, 2), y: tf.neg(right!['y']!) },
    }));
    for (const [x, y] of [
      [[1, 2], [3]],
      [[5, 6], [7]],
      [[1], [2, 3]],
    ] as const) {
      const inputs = { right: { y: tf.tensor1d([...y]) }, left: { x: tf.tensor1d([...x]) } };
      const { sums, parts } = compiled(inputs);
      expect(sums!['all']!.dataSync()[0]).toBe([...x, ...y].reduce((a, b) => a + b, 0));
      expect(Array.from(parts!['x']!.dataSync())).toEqual(x.map((value) => 2 * value));
      expect(Array.from(parts!['y']!.dataSync())).toEqual(y.map((value) => -value));
      tf.dispose([inputs, sums, parts] as never);
    }
    compiled.dispose();
  });
});
