import * as tf from '@tensorflow/tfjs-core';
import { describeNative } from '../../../test/native';
import { type Engine } from '../../engine';
import { openEngine } from '../../open';

describeNative('large arrays that were handed over', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ prefer: 'native' });
  });

  it('are collected before a function computes, also where small ones came behind them while somebody held them', async () => {
    const run = engine.compile((list) => [tf.sum(tf.mul(list[0]!, list[1]!))]);
    let seen: WeakRef<Float32Array> | undefined;
    const upload = () => {
      const values = new Float32Array(1 << 24).fill(2);
      seen = new WeakRef(values);
      const tensors = [tf.tensor1d(values), tf.scalar(0.5)];
      return values.length > 0 ? tensors : [];
    };
    // The first call traces, and makes garbage enough to be collected by itself.
    for (const call of [0, 1]) {
      const tensors = upload();
      // A reference of this turn keeps what it is of.
      await new Promise((resolve) => setImmediate(resolve));
      const [sum] = run(tensors);
      await new Promise((resolve) => setImmediate(resolve));
      // Not the array itself, which a failure would print.
      expect([call, seen!.deref() === undefined]).toEqual([call, true]);
      expect((await sum!.data())[0]).toBe(2 ** 24);
      tf.dispose([tensors, sum!]);
    }
    run.dispose();
  });
});
