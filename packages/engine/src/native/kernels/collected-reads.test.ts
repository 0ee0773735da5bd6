import * as tf from '@tensorflow/tfjs-core';
import { describeNative } from '../../../test/native';
import { openEngine } from '../../open';
import { collectGarbage } from './collect-garbage';

jest.mock('./collect-garbage', () => ({ collectGarbage: jest.fn() }));

/** What was collected since it was last asked. */
function collected(): unknown[] {
  const calls = jest.mocked(collectGarbage).mock.calls.map(([kind]) => kind);
  jest.mocked(collectGarbage).mockClear();
  return calls;
}

describeNative('arrays that were read', () => {
  it('are collected young after each 64 MiB, before the next is read, and all garbage is after 512 MiB', async () => {
    const engine = await openEngine({ prefer: 'native' });
    const [large, small] = [tf.mul(tf.fill([2 ** 23], 1), 2), tf.mul(tf.fill([2 ** 19], 1), 2)];
    collected();
    const read = async (count: number) => {
      for (let i = 0; i < count; i++) await large.data();
      return collected();
    };
    expect(await read(2)).toEqual([]);
    // 2 MiB count as little, but what was read before is collected now.
    await small.data();
    await small.data();
    expect(collected()).toEqual(['young']);
    expect(await read(2)).toEqual([]);
    expect(await read(10)).toEqual(['young', 'young', 'young', 'young', 'young']);
    // With these, sixteen arrays of 32 MiB were read.
    expect(await read(3)).toEqual(['young', 'all']);
    expect(await read(2)).toEqual(['young']);
    const twice = engine.compile(([x]) => [tf.mul(x!, 2)]);
    tf.dispose(twice([small]));
    // With the one before, 64 MiB: collected before the next function runs, beside which they would be garbage.
    expect(await read(1)).toEqual([]);
    tf.dispose(twice([small]));
    expect(collected()).toEqual(['young']);
    tf.dispose(twice([small]));
    expect(collected()).toEqual([]);
    tf.dispose([large, small]);
  });
});
