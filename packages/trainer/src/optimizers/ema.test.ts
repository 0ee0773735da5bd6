import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { emaDecay, moveAverage } from './ema';

beforeAll(() => useBackend());

describe('emaDecay', () => {
  it('warms up as the references do: 2/11 at the first update, never above the decay', () => {
    const decay = emaDecay({ decay: 0.5 });
    expect(decay(1)).toBe(2 / 11);
    expect(decay(2)).toBe(3 / 12);
    expect(decay(1000)).toBe(0.5);
  });

  it('is constant without warm-up', () => {
    expect([1, 2, 50].map(emaDecay({ decay: 0.98, warmup: false }))).toEqual([0.98, 0.98, 0.98]);
  });

  it.each([1, -0.1, NaN])('refuses a decay of %p', (decay) => {
    expect(() => emaDecay({ decay })).toThrow(`lies in [0, 1); ${decay} was given.`);
  });
});

describe('moveAverage', () => {
  it('moves by 1 − d towards the weight', () => {
    tf.tidy(() => {
      const moved = moveAverage(tf.tensor1d([1, 0]), tf.tensor1d([3, -4]), tf.scalar(0.25));
      expect(Array.from(moved.dataSync())).toEqual([1.5, -1]);
    });
  });
});
