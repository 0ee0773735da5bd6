import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { markBatch } from '../../noise/batch';
import type { CleanTokens } from '../../noise/clean-tokens';
import { randomStream } from '../../random/stream';
import { logLinear } from '../../schedules/log-linear';
import { upload } from '../../tensors/feeds';
import { logSoftmax, maskedLogSoftmax } from '../../tensors/log-softmax';
import type { Family } from '../family';
import { mdlm } from '../mdlm/mdlm';
import { families } from '../registry';
import type { MaskedSeddNoise } from './noise';
import { absorbingScoreEntropy, uniformScoreEntropy } from './score-entropy';
import { sedd } from './sedd';

beforeAll(() => useBackend());

const V = 5;
const mask = V - 1;
const logits = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: V, maxLength: V });
const level = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const token = fc.nat(V - 1);
/** A token's id, and the same as a row of the simplex. */
const bothForms = (id: number): [tf.Tensor, tf.Tensor] => [
  tf.tensor1d([id], 'int32'),
  tf.cast(tf.oneHot([id], V), 'float32'),
];
/** Scores as a network gives them: 0 at the current token. */
const scoresAt = (row: number[], current: number) => tf.tensor2d([row.map((value, v) => (v === current ? 0 : value))]);

describe('score entropy', () => {
  it('of the absorbing process is never negative, and 0 at the true ratio alone', () => {
    fc.assert(
      fc.property(logits, level, fc.nat(mask - 1), (row, alpha, clean) =>
        tf.tidy(() => {
          const ratio = (1 - alpha) / alpha;
          const entropy = (scores: tf.Tensor, form: tf.Tensor) =>
            absorbingScoreEntropy(scores, form, tf.tensor1d([ratio])).dataSync()[0]!;
          const truth = Array.from({ length: V }, (_, v) => (v === clean ? -Math.log(ratio) : -30));
          for (const form of bothForms(clean)) {
            expect(entropy(scoresAt(row, mask), form)).toBeGreaterThan(-1e-4 / ratio);
            expect(Math.abs(entropy(scoresAt(truth, mask), form))).toBeLessThan(1e-4 / ratio);
            const off = truth.map((value) => value + 0.5);
            expect(entropy(scoresAt(off, mask), form)).toBeGreaterThan(0.05 / ratio);
          }
        }),
      ),
      { numRuns: 40 },
    );
  });

  it('of the uniform process is never negative, 0 at the true ratio alone, and one for a token and its row', () => {
    fc.assert(
      fc.property(logits, level, token, token, (row, alpha, clean, noisy) =>
        tf.tidy(() => {
          const weight = (v: number) => (v === clean ? V * alpha : 0) + 1 - alpha;
          const truth = Array.from({ length: V }, (_, v) => Math.log(weight(v) / weight(noisy)));
          const size = Math.max(...truth.map(Math.exp));
          const entropy = (scores: number[], form: tf.Tensor) =>
            uniformScoreEntropy(
              scoresAt(scores, noisy),
              form,
              tf.tensor1d([noisy], 'int32'),
              tf.tensor1d([alpha]),
            ).dataSync()[0]!;
          const [hard, soft] = bothForms(clean).map((form) => entropy(row, form)) as [number, number];
          expect(hard).toBeGreaterThan(-1e-4 * size);
          expect(Math.abs(hard - soft)).toBeLessThan(1e-4 * (size + Math.abs(soft)));
          for (const form of bothForms(clean)) {
            expect(Math.abs(entropy(truth, form))).toBeLessThan(1e-4 * size);
            const off = truth.map((value) => value + 0.5);
            expect(entropy(off, form)).toBeGreaterThan(0.01 * ((1 - alpha) / (1 - alpha + V * alpha)));
          }
        }),
      ),
      { numRuns: 60 },
    );
  });

  it('of the uniform process has its least value for a soft row at the mean ratio, where gradients vanish', () => {
    tf.tidy(() => {
      const clean = tf.softmax(tf.tensor2d([[0.4, -1, 2, 0, 0.3]]));
      const [z, alpha] = [tf.tensor1d([1], 'int32'), tf.tensor1d([0.6])];
      const mixed = tf.add(tf.mul(clean, V * 0.6), 0.4);
      const truth = tf.sub(tf.log(mixed), tf.log(tf.slice(mixed, [0, 1], [1, 1])));
      const { value, grad } = tf.valueAndGrad((s: tf.Tensor) => tf.sum(uniformScoreEntropy(s, clean, z, alpha)))(truth);
      expect(value.dataSync()).toBeCloseToArray([0], { atol: 1e-6 });
      expect(grad.dataSync()).toBeCloseToArray(new Float32Array(V), { atol: 1e-6 });
    });
  });
});

describe('absorbing sedd', () => {
  it('has the NELBO of mdlm where its scores are those of a law of clean tokens, hard and soft', () => {
    const [batch, length] = [3, 4];
    const tokens = markBatch({ ids: randomStream(2).integers(batch * length, mask), batch, length });
    const [times, random] = [Float64Array.of(0.05, 0.4, 1), () => randomStream(6)];
    const [score, nelbo] = [
      sedd({ vocabSize: V, maskId: mask, scaleBySigma: false }) as Family<MaskedSeddNoise>,
      mdlm({ vocabSize: V, maskId: mask }),
    ];
    tf.tidy(() => {
      const fed = upload(score.noise(tokens, times, random()));
      const nelboFed = upload(nelbo.noise(tokens, times, random()));
      const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
      const noisy = score.corrupt({ ids }, fed);
      const rows = noisy.positions.size;
      const logProbs = maskedLogSoftmax(tf.randomNormal([rows, V], 0, 1, 'float32', 5), mask);
      // S = x_θ/(e^σ − 1).
      const scores = score.parameterize!(tf.sub(logProbs, tf.expandDims(tf.log(fed.ratio), 1)), noisy);
      const soft = {
        slots: fed.slots,
        probs: tf.exp(maskedLogSoftmax(tf.randomNormal([rows, V], 0, 1, 'float32', 9), mask)),
        drawn: tf.zeros([rows], 'int32'),
      };
      for (const clean of [{ ids }, { ids, soft }] as CleanTokens[]) {
        const [a, b] = [
          score.loss(scores, clean, noisy, fed).perPosition.dataSync(),
          nelbo.loss(logProbs, clean, noisy, nelboFed).perPosition.dataSync(),
        ];
        expect(Math.max(...b)).toBeGreaterThan(0.5);
        expect(a).toBeCloseToArray(b, { rtol: 2e-4, atol: 2e-4 });
      }
    });
  });
});

describe('uniform sedd', () => {
  const family = sedd({ vocabSize: V });
  const law = [0.4, 0.05, 0.25, 0.2, 0.1];
  const t = 0.35;
  const alpha = family.schedule.alpha(t);
  /** The law of the noisy token. */
  const mixture = law.map((p) => alpha * p + (1 - alpha) / V);
  const trueScores = (z: number) => Float64Array.from(mixture, (p) => Math.log(p / mixture[z]!));

  it.each([0, 1, 4])('gives samplers the row whose posterior is the exact one, at noisy token %i', (z) => {
    const [row, out] = [trueScores(z), new Float64Array(V)];
    family.slotToLogProbs(row, z, t);
    expect(row.map(Math.exp)).toBeCloseToArray(law, { atol: 1e-9 });
    const alphaS = family.schedule.alpha(0.2);
    family.process.posterior(z, row.map(Math.exp), alphaS, alpha, out);
    // Bayes over pairs (x_0, x_s).
    const step = alpha / alphaS;
    const exact = Array.from({ length: V }, (_, s) => {
      const arrive = alphaS * law[s]! + (1 - alphaS) / V;
      return (arrive * ((s === z ? step : 0) + (1 - step) / V)) / mixture[z]!;
    });
    expect(out).toBeCloseToArray(exact, { atol: 1e-9 });
  });

  it('gives students the law of the clean token given the noisy one, with finite gradients for poor scores too', () => {
    tf.tidy(() => {
      const z = 1;
      const noisy = {
        ids: tf.tensor2d([[z]], [1, 1], 'int32'),
        input: { ids: tf.tensor2d([[z]], [1, 1], 'int32') },
        sigma: tf.tensor1d([family.schedule.sigma(t)]),
        positions: tf.tensor1d([0], 'int32'),
      };
      const probs = (row: ArrayLike<number>) =>
        tf.exp(family.toLogProbs(tf.tensor2d(Float32Array.from(row), [1, V]), noisy)).dataSync();
      const exact = law.map((p, v) => (p * ((v === z ? alpha : 0) + (1 - alpha) / V)) / mixture[z]!);
      expect(probs(trueScores(z))).toBeCloseToArray(exact, { atol: 1e-5 });
      const poor = tf.tensor2d([[6, 0, -9, -9, 2]]);
      expect(Array.from(probs(poor.dataSync())).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      const gradient = tf
        .grad((x: tf.Tensor) => tf.sum(tf.square(family.toLogProbs(x, noisy))))(poor)
        .dataSync();
      expect(gradient.every(Number.isFinite)).toBe(true);
      expect(gradient.some((value) => value !== 0)).toBe(true);
    });
  });

  it('leaves out, on the host, tokens that a poor score makes impossible', () => {
    const row = Float64Array.of(9, 0, -9, -9, 2);
    family.slotToLogProbs(row, 1, 0.9);
    expect(row.map(Math.exp).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(row.every((value) => !Number.isNaN(value))).toBe(true);
    expect(Math.exp(row[2]!)).toBe(0);
  });
});

describe('the sedd family', () => {
  it('agrees with itself on the host and the device', () => {
    for (const scaleBySigma of [true, false]) {
      const options = { process: 'absorbing', scaleBySigma };
      const family = families.create({ name: 'sedd', options }, { vocabSize: V, maskId: mask });
      const [t, row] = [0.3, [0.2, -1, 0.7, 1.1, 3]];
      tf.tidy(() => {
        const ids = tf.tensor2d([[mask]], [1, 1], 'int32');
        const noisy = { ids, input: { ids }, sigma: tf.tensor1d([family.schedule.sigma(t)]), positions: tf.zeros([1]) };
        const at = { ...noisy, positions: tf.cast(noisy.positions, 'int32') };
        const [scores, probs] = [Float64Array.from(row), Float64Array.from(row)];
        family.slotToLogScores!(scores, mask, t);
        family.slotToLogProbs(probs, mask, t);
        expect(family.parameterize!(tf.tensor2d([row]), at).dataSync()).toBeCloseToArray(scores, { atol: 1e-5 });
        expect(family.toLogProbs(tf.tensor2d([row]), at).dataSync()).toBeCloseToArray(probs, { atol: 1e-5 });
        expect(logSoftmax(tf.tensor2d([row.slice(0, mask)])).dataSync()).toBeCloseToArray(probs.slice(0, mask), {
          atol: 1e-5,
        });
      });
    }
  });

  it('refuses what it has no use for', () => {
    const options = { process: 'uniform', scaleBySigma: true };
    expect(() => families.create({ name: 'sedd', options }, { vocabSize: V })).toThrow(
      'Only the absorbing sedd family scales by sigma; leave scaleBySigma out of the uniform one.',
    );
    expect(() => sedd({ vocabSize: V, schedule: logLinear({ eps: 0 }) })).toThrow(
      'SEDD needs a schedule with signal left at t = 1, where sigma must be finite; log-linear has none.',
    );
  });
});
