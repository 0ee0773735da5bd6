import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { markBatch } from '../noise/batch';
import type { CleanTokens } from '../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../noise/noise';
import { slotCount } from '../noise/positions';
import { randomStream } from '../random/stream';
import type { Spec } from '../spec';
import { type Uploaded, upload } from '../tensors/feeds';
import { networkLoss } from '../training/network-loss';
import type { Family } from './family';
import { families } from './registry';
import type { SamplingFamily } from './sampling-family';
import { samplingFamilies } from './sampling-registry';

beforeAll(() => useBackend());

const V = 5;
const mask = 2;
const [batch, length] = [4, 6];
/** Ids of clean tokens: none is the mask. */
const ids = randomStream(3)
  .integers(batch * length, V - 1)
  .map((id) => id + Number(id >= mask));
const tokens = markBatch({ ids, batch, length });
/** From nearly clean to all noise, the ends of what training draws. */
const times = Float64Array.of(1e-3, 0.3, 0.7, 1);

/** Forms of a family that its defaults do not show. */
const FORMS: Readonly<Record<string, readonly Required<Spec>['options'][]>> = {
  mdlm: [{ importanceSampling: true }, { schedule: 'cosine' }],
  udlm: [{ reconstruction: true }],
  duo: [{ operator: 'series' }],
  sedd: [{ scaleBySigma: false }, { schedule: 'geometric' }, { process: 'uniform' }],
  d3pm: [
    { parameterization: 'mean', steps: 10 },
    { parameterization: 'mean-without-mask', schedule: 'cosine' },
    { process: 'uniform', steps: 10 },
    { process: 'uniform', reconstruction: false },
  ],
};

const forms = families
  .entries()
  .flatMap(([name]) => [{}, ...(FORMS[name] ?? [])].map((options) => ({ name, options })));

/** Duo reads latents during its curriculum, and tokens outside training. */
const cases = forms.flatMap(({ name, options }) =>
  (name === 'duo' ? [0, undefined] : [undefined]).map(
    (update) =>
      [`${name} ${JSON.stringify(options)}${update === 0 ? ' in training' : ''}`, { name, options }, update] as const,
  ),
);

/** Rows as a student writes them, at every position of the noise, made from logits [N, V]. */
function softTokens(family: Family, noise: Uploaded<NoiseFeeds>, noisy: NoisyTokens, logits: tf.Tensor): CleanTokens {
  const probs = tf.exp(family.toLogProbs(logits, noisy));
  return {
    ids: tf.tensor2d(ids, [batch, length], 'int32'),
    soft: { slots: noise.slots, probs, drawn: tf.argMax(probs, 1) },
  };
}

const isFinite = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite);

describe.each(cases)('%s', (_, spec, update) => {
  const family = families.create(spec, { vocabSize: V, maskId: mask });
  const draw = (valid = tokens.valid) => family.noise({ ...tokens, valid }, times, randomStream(8), { update });
  const hard = () => ({ ids: tf.tensor2d(ids, [batch, length], 'int32') });
  const network = (rows: number, seed = 4) => tf.randomNormal([rows, V], 0, 2, 'float32', seed);

  /** The whole training loss of a network whose output is a table of logits [B·L, V]. */
  function lossOf(table: tf.Tensor, clean: CleanTokens, fed: Uploaded<NoiseFeeds>): tf.Tensor {
    const noisy = family.corrupt(clean, fed);
    const denoiser = {
      describe: () => ({ type: 'table', config: { vocabSize: V, length: 4, timeConditioned: true } }),
      vocabSize: V,
      timeConditioned: true,
      apply: () => tf.gather(table, noisy.positions),
    };
    return networkLoss({ family, denoiser }, {}, clean, fed);
  }

  it('has a finite loss with finite gradients for hard tokens', () => {
    tf.tidy(() => {
      const fed = upload(draw());
      const table = network(batch * length);
      expect(isFinite(lossOf(table, hard(), fed).dataSync())).toBe(true);
      const gradient = tf
        .grad((x: tf.Tensor) => tf.sum(lossOf(x, hard(), fed)))(table)
        .dataSync();
      expect(isFinite(gradient)).toBe(true);
      expect(gradient.some((value) => value !== 0)).toBe(true);
    });
  });

  it('has a finite loss with finite gradients for a student’s rows, which they reach', () => {
    tf.tidy(() => {
      const [first, second] = [upload(draw()), upload(family.noise(tokens, times, randomStream(9), { update }))];
      const noisy = family.corrupt(hard(), first);
      const table = network(batch * length);
      const loss = (student: tf.Tensor, x: tf.Tensor) => lossOf(x, softTokens(family, first, noisy, student), second);
      const student = network(noisy.positions.size, 5);
      expect(isFinite(loss(student, table).dataSync())).toBe(true);
      const gradients = tf.grads((rows: tf.Tensor, x: tf.Tensor) => tf.sum(loss(rows, x)))([student, table]);
      for (const gradient of gradients.map((one) => one.dataSync())) {
        expect(isFinite(gradient)).toBe(true);
        expect(gradient.some((value) => value !== 0)).toBe(true);
      }
    });
  });

  it('predicts a law of clean tokens, never the mask, on device and host', () => {
    tf.tidy(() => {
      const noisy = family.corrupt(hard(), upload(draw()));
      const probs = tf.exp(family.toLogProbs(network(noisy.positions.size), noisy));
      expect(tf.sum(probs, 1).dataSync()).toBeCloseToArray(new Float32Array(noisy.positions.size).fill(1), {
        atol: 1e-5,
      });
      const { kind } = family.process;
      if (kind === 'absorbing') expect(tf.max(tf.slice(probs, [0, mask], [-1, 1])).dataSync()[0]).toBe(0);
      for (const current of kind === 'absorbing' ? [0, mask] : [0, 4]) {
        const row = Float64Array.of(0.4, -1, 3, 0.2, 1);
        family.slotToLogProbs(row, current, 0.5);
        expect(row.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 12);
        if (kind === 'absorbing') expect(Math.exp(row[mask]!)).toBe(0);
      }
    });
  });

  it('counts nothing at prompts and padding, whose places its rows leave out', () => {
    const valid = Uint8Array.from(ids, (__, i) => Number(i % length > 2));
    const feeds = draw(valid);
    const [positions, slots, count] = [feeds.positions.values, feeds.slots.values, slotCount(feeds)];
    slots.forEach((slot, i) => slot < 0 || expect([positions[slot], valid[i]]).toEqual([i, 1]));
    tf.tidy(() => {
      const perPosition = lossOf(network(batch * length), hard(), upload(feeds)).dataSync();
      expect(perPosition.length).toBe(positions.length);
      // Not strictly equal to 0: a negative zero is nothing too.
      perPosition.slice(count).forEach((value) => expect(Math.abs(value)).toBe(0));
      expect(perPosition.slice(0, count).some((value) => value !== 0)).toBe(true);
    });
  });

  it('is its spec', () => {
    const again = families.create(JSON.parse(JSON.stringify(family.spec)) as Spec, { vocabSize: V, maskId: mask });
    expect(again.spec).toEqual(family.spec);
    expect(again.process.kind).toBe(family.process.kind);
  });

  it('has the half that samplers see by the same name, without the other', () => {
    const half = samplingFamilies.create(spec, { vocabSize: V, maskId: mask });
    expect([half.spec, half.schedule.spec, half.process.spec]).toEqual([
      family.spec,
      family.schedule.spec,
      family.process.spec,
    ]);
    expect(Object.keys(half).some((name) => ['noise', 'corrupt', 'loss'].includes(name))).toBe(false);
    const rowOf = (one: SamplingFamily, read: 'slotToLogProbs' | 'slotToLogScores') => {
      const row = Float64Array.of(0.4, -1, 3, 0.2, 1);
      one[read]?.(row, mask, 0.5);
      return row;
    };
    for (const read of ['slotToLogProbs', 'slotToLogScores'] as const)
      expect(rowOf(half, read)).toEqual(rowOf(family, read));
  });
});

it('has no family for training or sampling alone', () =>
  expect(samplingFamilies.entries().map(([name, { description }]) => [name, description])).toEqual(
    families.entries().map(([name, { description }]) => [name, description]),
  ));
