import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type Compile, runPlainly } from './compile';
import { compileNamed } from './compile-named';

let compileOf: Compile;
beforeAll(async () => {
  compileOf = (await useBackend()).compile;
});

interface Inputs {
  readonly left: { readonly x: tf.Tensor; readonly more?: tf.Tensor };
  readonly right: { readonly y: tf.Tensor };
}

const compile = () =>
  compileNamed(compileOf, ({ left, right }: Inputs) => ({
    total: tf.addN([tf.sum(left.x), tf.sum(right.y), left.more ? tf.sum(left.more) : tf.scalar(0)]),
    parts: { x: tf.mul(left.x, 2), y: tf.neg(right.y) },
  }));

describe('compileNamed', () => {
  it('runs a function of named tensors again and again, also on other shapes and orders', () => {
    const compiled = compile();
    for (const [x, y] of [
      [[1, 2], [3]],
      [[5, 6], [7]],
      [[1], [2, 3]],
    ] as const) {
      const inputs = { right: { y: tf.tensor1d([...y]) }, left: { x: tf.tensor1d([...x]) } };
      const { total, parts } = compiled.run(inputs);
      expect(total.dataSync()[0]).toBe([...x, ...y].reduce((a, b) => a + b, 0));
      expect(Array.from(parts.x.dataSync())).toEqual(x.map((value) => 2 * value));
      expect(Array.from(parts.y.dataSync())).toEqual(y.map((value) => -value));
      tf.dispose([inputs, total, parts] as never);
    }
    compiled.dispose();
  });

  it('tells other names of the same shapes apart, whichever came first', () => {
    const compiled = compile();
    const [x, y, more] = [tf.tensor1d([1]), tf.tensor1d([2]), tf.tensor1d([4])];
    const totals = [{ x }, { x, more }, { x, more: undefined }, { more, x }].map((left) => {
      const { total, parts } = compiled.run({ left, right: { y } });
      const value = total.dataSync()[0];
      tf.dispose([total, parts] as never);
      return value;
    });
    expect(totals).toEqual([3, 7, 3, 7]);
    compiled.dispose();
    tf.dispose([x, y, more]);
  });
});

it('gives results of their own, also where nothing is compiled and a function gives its input back, or one result twice', () => {
  for (const compile of [runPlainly, compileOf]) {
    const before = tf.memory().numTensors;
    const [given, compiled] = [
      tf.tensor1d([1, 2]),
      compile(([x]) => {
        const doubled = tf.mul(x!, 2);
        return [x!, doubled, doubled];
      }),
    ];
    const results = compiled([given]);
    tf.dispose(given);
    tf.dispose(results[1]!);
    expect([results[0], results[2]].map((each) => Array.from(each!.dataSync()))).toEqual([
      [1, 2],
      [2, 4],
    ]);
    tf.dispose(results);
    compiled.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
});
