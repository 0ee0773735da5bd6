import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineName } from './engine';
import { isInstalled } from './install/locations';
import { openEngine } from './open';

/** A gradient step on a small regression: weights, inputs, rate → loss, new weights. */
const step = ([w, x, rate]: tf.Tensor[]): tf.Tensor[] => {
  const loss = (p: tf.Tensor) => tf.sum(tf.square(tf.sub(tf.tanh(tf.matMul(x!, p)), tf.scalar(0.5))));
  const { value, grads } = tf.valueAndGrads(loss)([w!]);
  return [value, tf.sub(w!, tf.mul(grads[0]!, rate!))];
};

const inputs = (seed: number, rows = 5): tf.Tensor[] => [
  tf.randomUniform([4, 3], -1, 1, 'float32', seed),
  tf.randomUniform([rows, 4], -1, 1, 'float32', seed + 1),
  tf.scalar(0.1 * seed),
];
const numbers = (tensors: tf.Tensor[]) => tensors.map((tensor) => Array.from(tensor.dataSync()));

const engines: EngineName[] = ['wasm', ...(isInstalled() ? (['native'] as const) : [])];

describe.each(engines)('compile on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ prefer: name });
  });

  it('equals the eager function, also for later numbers and other shapes', () => {
    const compiled = engine.compile(step);
    for (const [seed, rows] of [
      [1, 5],
      [2, 5],
      [3, 8],
      [4, 5],
    ] as const) {
      const given = inputs(seed, rows);
      const [eager, fast] = [tf.tidy(() => step(given)), compiled(given)];
      numbers(fast).forEach((values, i) => expect(values).toBeCloseToArray(numbers(eager)[i]!, { atol: 1e-6 }));
      tf.dispose([given, eager, fast]);
    }
    compiled.dispose();
  });

  it('keeps what it captured, and returns an input or a constant unchanged', () => {
    const captured = tf.tensor1d([1, 2]);
    const compiled = engine.compile(([x]) => [x!, tf.add(x!, captured), tf.clone(captured)]);
    const x = tf.tensor1d([3, 4]);
    compiled([x]);
    const again = tf.tensor1d([5, 6]);
    expect(numbers(compiled([again]))).toEqual([
      [5, 6],
      [6, 8],
      [1, 2],
    ]);
    compiled.dispose();
  });

  it('tells inputs apart that share their memory when it is traced', () => {
    const compiled = engine.compile(([x, y]) => [tf.sub(x!, tf.mul(y!, tf.scalar(10)))]);
    const x = tf.tensor1d([1, 2]);
    compiled([x, tf.clone(x)]);
    expect(numbers(compiled([tf.tensor1d([1, 2]), tf.tensor1d([3, 4])]))).toEqual([[-29, -38]]);
    compiled.dispose();
  });

  it('leaks no tensor over many calls', () => {
    const compiled = engine.compile(step);
    const given = inputs(7);
    tf.dispose(compiled(given));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 50; i++) tf.dispose(compiled(given));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(given);
  });
});

const onNative = isInstalled() ? describe : describe.skip;

onNative('compile on native only', () => {
  it('refuses a function that reads data on the host, and works on afterwards', async () => {
    const engine = await openEngine({ prefer: 'native' });
    const x = tf.tensor1d([1, 2]);
    expect(() => engine.compile(([y]) => [tf.mul(y!, tf.square(y!).dataSync()[0]!)])([x])).toThrow(
      'read a tensor of shape [2] on the host',
    );
    expect(() => engine.compile(([y]) => [tf.mul(y!, y!.dataSync()[0]!)])([x])).toThrow('on the host');
    expect(Array.from(tf.square(x).dataSync())).toEqual([1, 4]);
  });

  it('runs without compiling when told so', async () => {
    const engine = await openEngine({ prefer: 'native', compile: false });
    expect(
      Array.from(
        engine
          .compile(([y]) => [tf.mul(y!, y!.dataSync()[0]!)])([tf.tensor1d([3])])[0]!
          .dataSync(),
      ),
    ).toEqual([9]);
  });
});
