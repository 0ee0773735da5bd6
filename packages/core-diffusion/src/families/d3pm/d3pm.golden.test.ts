import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, describeOptional, golden, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { logLinear } from '../../schedules/log-linear';
import { floatFeed, intFeed, upload } from '../../tensors/feeds';
import { markBatch } from '../../noise/batch';
import { networkLoss } from '../../training/network-loss';
import type { Family } from '../family';
import { d3pm } from './absorbing';
import { type D3pmNoise, d3pmNoise, uniformD3pmLevels } from './noise';
import type { D3pmOptions } from './options';
import { type StepLevels, gridLevels } from './grid';
import { uniformD3pm } from './uniform';

beforeAll(() => useBackend());

interface Params {
  readonly parameterization: string;
  readonly subs_masking: boolean;
  readonly mask_index: number;
  readonly T: number;
}

/** Max-norm relative error, as the golden set advises for gradients. */
function expectGradient(actual: ArrayLike<number>, expected: Float64Array): void {
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  expect(actual).toBeCloseToArray(expected, { atol: 2e-3 * scale });
}

/** A network that answers with stored logits. */
const stored = (apply: () => tf.Tensor, vocabSize: number, timeConditioned: boolean) => ({
  describe: () => ({ type: 'stored', config: { vocabSize, length: 8, timeConditioned } }),
  vocabSize,
  timeConditioned,
  apply,
});

const paramsOf = (data: GoldenCase) => data.params as unknown as Params;

const parameterizationOf = ({ parameterization, subs_masking }: Params): D3pmOptions['parameterization'] => {
  if (parameterization === 'subs') return 'subs';
  return subs_masking ? 'mean-without-mask' : 'mean';
};

/** Times of the stored case as levels: α = 1 − t, with t on the grid already. */
const levelsOf = (times: Float64Array, steps: number): StepLevels[] =>
  Array.from(times, (t) => ({ alphaT: 1 - Math.min(t, 1 - 1e-4), alphaS: 1 - (Math.min(t, 1 - 1e-4) - 1 / steps) }));

/** The family of an absorbing case, and the feeds that repeat its noisy tokens. */
function setUp(data: GoldenCase, parameterization: D3pmOptions['parameterization'], levels: readonly StepLevels[]) {
  const [batch, length, vocabSize] = data.tensor('logits').shape as [number, number, number];
  const { mask_index: maskId, T: steps } = paramsOf(data);
  const family = d3pm({ vocabSize, maskId, steps, parameterization });
  const masked = data.ints('xt').map((id) => Number(id === maskId));
  const clean = markBatch({ ids: data.ints('xt'), batch, length });
  return { family, feeds: d3pmNoise(intFeed(masked), clean, levels, family.reconstruction !== undefined) };
}

/** Expects the stored loss, reconstruction included, and its gradient in the logits. */
function expectLoss(
  data: GoldenCase,
  { family, feeds }: { readonly family: Family<D3pmNoise>; readonly feeds: D3pmNoise },
): void {
  const [batch, length, vocabSize] = data.tensor('logits').shape as [number, number, number];
  tf.tidy(() => {
    const fed = upload(feeds);
    const clean = { ids: tf.tensor2d(data.ints('x0'), [batch, length], 'int32') };
    const noisy = family.corrupt(clean, fed);
    const all = tf.tensor2d(Float32Array.from(data.numbers('logits')), [batch * length, vocabSize]);
    const loss = (logits: tf.Tensor) => {
      const rows = () => tf.gather(logits, noisy.positions);
      return networkLoss({ family, denoiser: stored(rows, vocabSize, false) }, {}, clean, fed);
    };
    const perToken = new Float64Array(batch * length);
    const [values, positions] = [loss(all).dataSync(), noisy.positions.dataSync()];
    positions.forEach((position, n) => (perToken[position]! += values[n]!));
    expect(perToken).toBeCloseToArray(data.numbers('loss_f64'), { rtol: data.tolerance['rtol_f32']!, atol: 2e-3 });
    const gradient = tf
      .grad((logits: tf.Tensor) => tf.sum(loss(logits)))(all)
      .dataSync();
    expectGradient(gradient, data.numbers('grad_logits'));
  });
}

const isFlawed = (name: string) => name.endsWith('quirky');

describe.each(goldenNames('losses/d3pm').filter((name) => !isFlawed(name)))('%s', (name) => {
  const data = golden(name);
  const params = paramsOf(data);

  it('equals the reference loss with its reconstruction term, and the gradient', () => {
    expectLoss(data, setUp(data, parameterizationOf(params), levelsOf(data.numbers('t'), params.T)));
  });

  it('puts drawn times on the reference grid', () => {
    const levels = Array.from(data.numbers('t_raw'), (t) => gridLevels(logLinear({ eps: 0 }), params.T, t));
    expect(levels.map(({ alphaT }) => 1 - alphaT)).toBeCloseToArray(
      data.numbers('t').map((t) => Math.min(t, 1 - 1e-4)),
      { atol: 1e-6 },
    );
  });
});

describeOptional(goldenNames('losses/d3pm').filter(isFlawed), (name) => {
  it('is ours with the mistake of the Duo repository: t − dt as the earlier level where it is 1 − (t − dt)', () => {
    const data = golden(name);
    const levels = Array.from(data.numbers('alpha'), (alphaT) => ({ alphaT, alphaS: alphaT + 1 / paramsOf(data).T }));
    const { family, feeds } = setUp(data, 'mean', levels);
    // (t − dt) / (t − dt): the odds of the earlier level as the repository computes them.
    const oddsS = floatFeed(feeds.oddsS.values.map(() => 1));
    expectLoss(data, { family, feeds: { ...feeds, oddsS } });
  });
});

describe.each(goldenNames('losses/udlm_d3pm'))('%s', (name) => {
  it('equals the reference loss with and without its reconstruction term', () => {
    const data = golden(name);
    const [batch, length, vocabSize] = data.tensor('logits').shape as [number, number, number];
    const steps = Number((data.params as Record<string, unknown>)['T']);
    const levels = levelsOf(data.numbers('t'), steps);
    const marked = markBatch({ ids: data.ints('xt'), batch, length });
    const feeds = {
      ...uniformD3pmLevels(marked, levels),
      moved: intFeed(marked.ids.map(() => 1)),
      replacement: intFeed(marked.ids),
    };
    tf.tidy(() => {
      const fed = upload(feeds);
      const clean = { ids: tf.tensor2d(data.ints('x0'), [batch, length], 'int32') };
      const all = tf.tensor2d(Float32Array.from(data.numbers('logits')), [batch * length, vocabSize]);
      const loss = (logits: tf.Tensor, reconstruction: boolean) => {
        const family = uniformD3pm({ vocabSize, steps, reconstruction });
        return networkLoss({ family, denoiser: stored(() => logits, vocabSize, true) }, {}, clean, fed);
      };
      const rtol = data.tolerance['rtol_f32']!;
      expect(loss(all, true).dataSync()).toBeCloseToArray(data.numbers('loss_f64'), { rtol, atol: 5e-3 });
      expect(loss(all, false).dataSync()).toBeCloseToArray(data.numbers('diffusion_loss_f64'), { rtol, atol: 5e-3 });
      const gradient = tf
        .grad((logits: tf.Tensor) => tf.sum(loss(logits, false)))(all)
        .dataSync();
      expectGradient(gradient, data.numbers('grad_logits'));
    });
  });
});
