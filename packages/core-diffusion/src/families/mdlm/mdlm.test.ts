import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { useBackend } from '@idlm/tools/backend';
import { markBatch } from '../../noise/batch';
import { randomStream } from '../../random/stream';
import { drawTimes } from '../../times';
import { upload } from '../../tensors/feeds';
import { mdlm } from './mdlm';
import { nextTokenLoss } from '../../losses/next-token';
import { reductionFactors } from '../../losses/reduction';
import { padPositions } from '../../noise/positions';
import { families } from '../registry';

beforeAll(() => useBackend());

const [vocabSize, maskId, batch, length] = [4, 1, 3, 8];
const ids = Int32Array.from({ length: batch * length }, (_, i) => [0, 2, 3][i % 3]!);
const tokens = markBatch({ ids, batch, length });

describe('mdlm', () => {
  it('masks each token with probability 1 - alpha(t), and no prompt token', () => {
    const family = mdlm({ vocabSize, maskId });
    const valid = Uint8Array.from(ids, (_, i) => Number(i % length >= 2));
    const counts = new Float64Array(batch);
    const draws = 3000;
    const random = randomStream(4);
    const times = Float64Array.of(0.1, 0.5, 0.9);
    for (let n = 0; n < draws; n++) {
      const { masked } = family.noise({ ...tokens, valid }, times, random);
      masked.values.forEach((one, i) => {
        if (one) counts[Math.floor(i / length)]!++;
        if (one && !valid[i]) throw new Error('a prompt token was masked');
      });
    }
    const trials = draws * (length - 2);
    counts.forEach((count, b) => {
      const p = 1 - family.schedule.alpha(times[b]!);
      expect(Math.abs(count / trials - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / trials));
    });
  });

  it.each([false, true])(
    'bounds the log-likelihood of a factorised model exactly (importance sampling %p)',
    (importanceSampling) => {
      // With a denoiser that ignores context the NELBO is tight: its expectation over t and masks is −Σ ln p(x_l).
      const family = mdlm({ vocabSize, maskId, importanceSampling });
      const logits = [0.3, 5, -1, 0.8];
      const logTotal = Math.log(Math.exp(0.3) + Math.exp(-1) + Math.exp(0.8));
      const exact = Array.from(ids).reduce((sum, id) => sum - (logits[id]! - logTotal), 0) / batch;
      const random = randomStream(8);
      const repeats = 400;
      let total = 0;
      for (let n = 0; n < repeats; n++) {
        total += tf.tidy(() => {
          const fed = upload(family.noise(tokens, drawTimes(batch, random, { samplingEps: 0 }), random));
          const clean = { ids: tf.tensor2d(ids, [batch, length], 'int32') };
          const noisy = family.corrupt(clean, fed);
          const rows = tf.tile(tf.tensor2d([logits]), [noisy.positions.shape[0], 1]);
          return (
            tf.sum(family.loss(family.toLogProbs(rows, noisy), clean, noisy, fed).perPosition).dataSync()[0]! / batch
          );
        });
      }
      // The absorbing NELBO integrates 1/t · P(masked) = 1 − eps over t; the rest is the prior and reconstruction.
      expect(Math.abs(total / repeats / exact - 1)).toBeLessThan(0.06);
    },
  );

  it('keeps gradients finite and in the tape for soft tokens, and leaks nothing', () => {
    const family = mdlm({ vocabSize, maskId });
    const before = tf.memory().numTensors;
    const feeds = family.noise(tokens, Float64Array.of(0.5, 0.5, 0.5), randomStream(1));
    tf.tidy(() => {
      const fed = upload(feeds);
      const clean = { ids: tf.tensor2d(ids, [batch, length], 'int32') };
      const noisy = family.corrupt(clean, fed);
      const rows = tf.randomNormal([noisy.positions.shape[0], vocabSize]);
      const gradient = tf.grad((x: tf.Tensor) =>
        tf.sum(family.loss(family.toLogProbs(x, noisy), clean, noisy, fed).perPosition),
      )(rows);
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has the same SUBS on the host', () => {
    const family = mdlm({ vocabSize, maskId });
    const row = Float64Array.of(0.3, 9, -1, 0.8);
    family.slotToLogProbs(row, maskId, 0.5);
    expect(row[maskId]).toBeLessThan(-1e5);
    expect(Array.from(row).reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 12);
    const device = tf.tidy(() => family.toLogProbs(tf.tensor2d([[0.3, 9, -1, 0.8]]), undefined as never).dataSync());
    expect(device).toBeCloseToArray(row, { atol: 1e-6 });
    const kept = Float64Array.of(1, 2, 3, 4);
    family.slotToLogProbs(kept, 2, 0.5);
    expect(Array.from(kept, Math.exp)).toEqual([0, 0, 1, 0]);
  });

  it('refuses sizes that do not fit, which would else train on nothing', () => {
    const family = mdlm({ vocabSize, maskId });
    const [times, random] = [Float64Array.of(0.5, 0.5, 0.5), randomStream(1)];
    expect(() => family.noise(tokens, times.subarray(1), random)).toThrow('one time per row; 2 were given for 3 rows');
    expect(() => family.noise({ ...tokens, length: 7 }, times, random)).toThrow('has 21 ids; 24 were given');
    expect(() => family.noise({ ...tokens, valid: new Uint8Array(3) }, times, random)).toThrow('3 marks were given');
    tf.tidy(() => {
      const fed = upload(family.noise(tokens, times, random));
      const clean = { ids: tf.tensor2d(ids, [batch, length], 'int32') };
      expect(() => family.corrupt({ ids: tf.tensor2d([[0, 2]]) }, fed)).toThrow('[B·L = 2]; it has [24]');
      const noisy = family.corrupt(clean, fed);
      expect(() => family.loss(tf.zeros([batch, length, vocabSize]), clean, noisy, fed)).toThrow(
        `logits must have shape [N = ${noisy.positions.size}, V = ${vocabSize}]; it has [3, 8, 4].`,
      );
    });
  });

  it('is made from JSON, with its schedule', () => {
    const family = families.create({ name: 'mdlm', options: { schedule: 'cosine' } }, { vocabSize, maskId });
    expect(family.schedule.spec.name).toBe('cosine');
    expect(families.create(JSON.parse(JSON.stringify(family.spec)), { vocabSize, maskId }).spec).toEqual(family.spec);
    expect(() => families.create('mdml', { vocabSize })).toThrow('did you mean "mdlm"?');
  });
});

describe('padPositions and reductionFactors', () => {
  it('pads to few lengths and never to none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), (count) => {
        const padded = padPositions(
          Int32Array.from({ length: count }, (_, i) => i),
          64,
        );
        return (
          padded.length % 8 === 0 &&
          padded.length >= Math.max(8, count) &&
          padded.length < count + 8 + Number(count === 0)
        );
      }),
    );
  });

  it('weighs positions so that constant losses reduce to what the name says', () => {
    const positions = Int32Array.from({ length: 6 }, (_, i) => i);
    const valid = Uint8Array.of(1, 1, 1, 1, 0, 0);
    const total = (reduction: 'sum' | 'mean' | 'token-mean') =>
      reductionFactors(positions, { batch: 2, length: 3, valid }, reduction).reduce(
        (sum, factor, i) => sum + factor * valid[i]!,
        0,
      );
    expect(total('sum')).toBeCloseTo(2, 6);
    expect(total('mean')).toBeCloseTo(1, 6);
    expect(total('token-mean')).toBeCloseTo(1, 6);
    expect(reductionFactors(Int32Array.of(0), { batch: 2, length: 3, valid }, 'mean')[0]).toBeCloseTo(1 / 6, 6);
  });
});

it('scores every token but the first of an autoregressive model', () => {
  const logits = tf.tensor3d([
    [
      [0, 1],
      [2, 0],
      [5, 5],
    ],
  ]);
  const loss = tf.tidy(() => nextTokenLoss(logits, tf.tensor2d([[1, 1, 0]], [1, 3], 'int32')));
  expect(loss.dataSync()).toBeCloseToArray([Math.log(1 + Math.E) - 1, Math.log(Math.E ** 2 + 1) - 2], { atol: 1e-6 });
  const short = tf.zeros([2, 1, 2]);
  expect(() => nextTokenLoss(short, tf.zeros([2, 1], 'int32'))).toThrow('at least 2 tokens; 1 was given');
  expect(() => nextTokenLoss(logits, tf.zeros([2, 1], 'int32'))).toThrow('ids must have shape [B = 1, L = 3]');
  tf.dispose([logits, loss, short]);
});
