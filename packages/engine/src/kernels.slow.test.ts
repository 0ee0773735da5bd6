import * as tf from '@tensorflow/tfjs-core';
import { DISCRETE, EDGES, type Op, SMOOTH, operand, operationWithGradient, values } from './check/operations';
import type { Engine } from './engine';
import { isInstalled } from './install/locations';
import { openEngine } from './open';

/** Value and gradient of an op, as plain numbers. */
function run(op: Op, differentiate: boolean, compile?: Engine['compile']): number[][] {
  const fn = operationWithGradient(op, differentiate);
  const results = compile ? compile(fn)([operand()]) : tf.tidy(() => fn([operand()]));
  return results.map((tensor) => Array.from(tensor.dataSync()));
}

it('differentiates a running sum from the other end', async () => {
  await openEngine({ prefer: 'cpu' });
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(tf.cumsum(x, 0), tf.tensor2d([1, 10, 100, 1000], [2, 2]))));
  expect(Array.from(gradient(tf.ones([2, 2])).dataSync())).toEqual([101, 1010, 100, 1000]);
});

/** Expected values come from tfjs's plain JavaScript backend. */
async function compare(name: 'wasm' | 'native', op: Op, differentiate: boolean): Promise<void> {
  await openEngine({ prefer: 'cpu' });
  const expected = run(op, differentiate);
  const engine = await openEngine({ prefer: name });
  for (const compile of [undefined, engine.compile])
    run(op, differentiate, compile).forEach((numbers, i) =>
      expect(numbers).toBeCloseToArray(expected[i]!, { atol: 1e-5, rtol: 1e-5 }),
    );
}

const engines = ['wasm', ...(isInstalled() ? ['native'] : [])] as ('wasm' | 'native')[];
if (engines.length === 1) console.info('The native engine is not installed: its kernels are not tested here.');

it('refuses an id beyond the table on wasm', async () => {
  await openEngine({ prefer: 'wasm' });
  for (const id of [-1, 4])
    expect(() => tf.gather(values([4, 2], 1), tf.tensor1d([id], 'int32'))).toThrow(
      `the index value ${id} is not in [0, 3]`,
    );
});

it('shares memory between a tensor and its clone on wasm, until both are disposed', async () => {
  await openEngine({ prefer: 'wasm' });
  const before = tf.memory().numDataBuffers;
  const x = values([4, 2], 1);
  const clone = tf.clone(x);
  const numbers = Array.from(x.dataSync());
  x.dispose();
  expect(Array.from(clone.dataSync())).toEqual(numbers);
  clone.dispose();
  expect(tf.memory().numDataBuffers).toBe(before);
});

describe.each(engines)('kernels on %s', (engine) => {
  it.each(Object.entries(SMOOTH))('%s, with its gradient, also compiled', (_, op) => compare(engine, op, true));
  it.each(Object.entries({ ...DISCRETE, ...EDGES }))('%s, also compiled', (_, op) => compare(engine, op, false));
});
