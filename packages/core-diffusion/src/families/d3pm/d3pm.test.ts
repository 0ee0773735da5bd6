import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { markBatch } from '../../noise/batch';
import { slotCount } from '../../noise/positions';
import { randomStream } from '../../random/stream';
import { cosine } from '../../schedules/cosine';
import { logLinear } from '../../schedules/log-linear';
import type { NoiseSchedule } from '../../schedules/schedule';
import { upload } from '../../tensors/feeds';
import { logSoftmax } from '../../tensors/log-softmax';
import { d3pm } from './absorbing';
import { gridLevels } from './grid';
import { uniformD3pm } from './uniform';
import type { Family } from '../family';
import { mdlm } from '../mdlm/mdlm';
import { families } from '../registry';
import { udlm } from '../udlm/udlm';

beforeAll(() => useBackend());

const V = 6;
const mask = 2;
const [batch, length] = [4, 8];
const tokens = markBatch({ ids: randomStream(3).integers(batch * length, 2), batch, length });

/** The loss of all positions together, at times put on the grid of `steps` beforehand, for one fixed network and noise. */
function lossAt(family: Family, times: Float64Array): number {
  return tf.tidy(() => {
    const fed = upload(family.noise(tokens, times, randomStream(12)));
    const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
    const noisy = family.corrupt({ ids }, fed);
    const rows = tf.gather(tf.randomNormal([batch * length, V], 0, 1, 'float32', 7), noisy.positions);
    return tf.sum(family.loss(family.toLogProbs(rows, noisy), { ids }, noisy, fed).perPosition).dataSync()[0]!;
  });
}

/** Times in the middle of a step of the finest grid, so that all grids begin near them. */
const times = Float64Array.of(0.20005, 0.43335, 0.61115, 0.83335);

describe.each([
  [
    'mdlm',
    (schedule: NoiseSchedule) => mdlm({ vocabSize: V, maskId: mask, schedule }),
    (schedule: NoiseSchedule, steps: number) => d3pm({ vocabSize: V, maskId: mask, schedule, steps }),
    10000,
  ],
  [
    'udlm',
    (schedule: NoiseSchedule) => udlm({ vocabSize: V, schedule }),
    // With more steps the float32 KL of two nearly equal laws, times T, loses its digits.
    (schedule: NoiseSchedule, steps: number) => uniformD3pm({ vocabSize: V, schedule, steps }),
    2000,
  ],
] as const)('d3pm tends to %s', (_, continuous, discrete, many) => {
  it.each([
    ['log-linear', logLinear({ eps: 0 })],
    ['cosine', cosine()],
  ] as const)('under the %s schedule', (__, schedule) => {
    const exact = lossAt(continuous(schedule), times);
    const apart = (steps: number) => Math.abs(lossAt(discrete(schedule, steps), times) / exact - 1);
    expect(exact).toBeGreaterThan(1);
    expect(apart(many)).toBeLessThan(0.01);
    expect(apart(4)).toBeGreaterThan(0.02);
  });
});

describe('the grid', () => {
  it('puts times at the end of their step, and never beyond the latest', () => {
    const even = logLinear({ eps: 0 });
    for (const [t, late, early] of [
      [0, 0.25, 0],
      [0.24, 0.25, 0],
      [0.3, 0.5, 0.25],
      [0.99, 1 - 1e-4, 0.75 - 1e-4],
      [1, 1 - 1e-4, 0.75 - 1e-4],
    ] as const) {
      const levels = gridLevels(even, 4, t);
      expect(levels.alphaT).toBeCloseTo(1 - late, 12);
      expect(levels.alphaS).toBeCloseTo(1 - early, 12);
    }
  });

  it.each([0, 1.5, NaN])('refuses %p steps', (steps) => {
    expect(() => d3pm({ vocabSize: V, maskId: mask, steps })).toThrow('a whole number of steps');
    expect(() => uniformD3pm({ vocabSize: V, steps })).toThrow('a whole number of steps');
  });
});

describe('absorbing d3pm', () => {
  it.each(['mean', 'mean-without-mask'] as const)(
    'counts reconstruction everywhere under %s, diffusion at masks',
    (parameterization) => {
      const family = d3pm({ vocabSize: V, maskId: mask, parameterization, steps: 10 });
      const valid = Uint8Array.from(tokens.ids, (_, i) => Number(i % length > 1));
      const noise = family.noise({ ...tokens, valid }, times, randomStream(1));
      const [hidden, masked] = [noise.hidden.values, noise.masked.values];
      const kept = Array.from(noise.positions.values).slice(0, slotCount(noise));
      expect(kept).toEqual(Array.from(valid.keys()).filter((i) => valid[i]));
      kept.forEach((position, n) => expect(hidden[n]).toBe(masked[position]));
      expect(hidden.some((one) => one === 0) && hidden.some((one) => one === 1)).toBe(true);
    },
  );

  it('never draws the mask from a network, though the loss of "mean" gives it probability', () => {
    const family = d3pm({ vocabSize: V, maskId: mask, parameterization: 'mean' });
    const row = [0.1, 1, 5, -1, 0.4, 0];
    tf.tidy(() => {
      const logits = tf.tensor2d([row]);
      expect(tf.exp(family.toLogProbs(logits, undefined as never)).dataSync()[mask]).toBe(0);
      const read = family.parameterize!(logits, undefined as never);
      expect(read.dataSync()).toBeCloseToArray(logSoftmax(logits).dataSync(), { atol: 1e-6 });
    });
    const host = Float64Array.from(row);
    family.slotToLogProbs(host, mask, 0.5);
    expect(Math.exp(host[mask]!)).toBe(0);
    expect(host.map(Math.exp).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('is finite in its first step, where no mask is left before it', () => {
    for (const parameterization of ['subs', 'mean', 'mean-without-mask'] as const) {
      const family = d3pm({ vocabSize: V, maskId: mask, parameterization, steps: 2 });
      expect(Number.isFinite(lossAt(family, Float64Array.of(0.1, 0.2, 0.3, 0.49)))).toBe(true);
    }
  });
});

it.each([
  [{ process: 'uniform', parameterization: 'mean' }, 'parameterization'],
  [{ process: 'absorbing', reconstruction: false }, 'reconstruction'],
])('refuses %j, which would do nothing', (options, name) => {
  expect(() => families.create({ name: 'd3pm', options }, { vocabSize: V })).toThrow(
    `The ${options.process} d3pm family has no ${name}; leave it out.`,
  );
});
