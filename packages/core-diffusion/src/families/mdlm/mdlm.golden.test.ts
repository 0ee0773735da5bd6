import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import { schedules } from '../../schedules/registry';
import type { NoiseSchedule } from '../../schedules/schedule';
import { upload } from '../../tensors/feeds';
import { mdlmNoise } from './noise';
import { mdlm } from './mdlm';

beforeAll(() => useBackend());

interface Params {
  readonly mask_index: number;
  readonly noise?: string;
  readonly sigma_min?: number;
  readonly sigma_max?: number;
  readonly eps?: number;
}

/** What the loss reads in training, and what may stand in for it. */
const READ = ['parameterize', 'toLogProbs'] as const;

const paramsOf = (data: GoldenCase) => data.params as unknown as Params;

/** The schedule that an MDLM repository case trains with. */
function scheduleOf({ noise, eps, sigma_min, sigma_max }: Params): NoiseSchedule {
  const names: Record<string, string> = { loglinear: 'log-linear', cosinesqr: 'cosine-squared' };
  const ranged = noise === 'linear' || noise === 'geometric';
  const options: Record<string, number> = ranged
    ? { sigmaMin: sigma_min!, sigmaMax: sigma_max! }
    : { eps: eps ?? 1e-3 };
  return schedules.create({ name: names[noise!] ?? noise!, options });
}

/** The logits of the masked positions as a leaf, with what the loss needs around them. */
function setUp(data: GoldenCase) {
  const [batch, length, width] = data.tensor('logits').shape as [number, number, number];
  const maskId = paramsOf(data).mask_index;
  const xt = data.ints('xt');
  const masked = xt.map((id) => Number(id === maskId));
  const logits = data.numbers('logits');
  return { batch, length, width, maskId, masked, logits };
}

type Setup = ReturnType<typeof setUp>;

/** Puts [N, V] rows back at their positions of [B, L, V]; other rows are 0. */
function atPositions(
  rows: Float32Array,
  positions: Int32Array,
  count: number,
  { batch, length, width }: Setup,
): Float64Array {
  const out = new Float64Array(batch * length * width);
  for (let n = 0; n < count; n++) for (let v = 0; v < width; v++) out[positions[n]! * width + v] = rows[n * width + v]!;
  return out;
}

describe.each([...goldenNames('losses/mdlm_nelbo_'), ...goldenNames('losses/mdlm_duo_')])('%s', (name) => {
  const data = golden(name);
  const setup = setUp(data);
  const [alpha, dAlpha] = [data.numbers('alpha'), data.numbers('dalpha')];
  const weights = alpha.map((value, b) => -dAlpha[b]! / (1 - value));

  it.each(READ)('equals the reference loss and gradient at masked positions, and is zero elsewhere (of %s)', (read) => {
    const family = mdlm({ vocabSize: setup.width, maskId: setup.maskId });
    const feeds = mdlmNoise(
      setup.masked,
      setup.length,
      weights,
      Array.from(alpha, (value) => -Math.log(value)),
    );
    const positions = feeds.positions.values;
    const count = setup.masked.reduce((a, b) => a + b, 0);
    tf.tidy(() => {
      const fed = upload(feeds);
      const clean = { ids: tf.tensor2d(data.ints('x0'), [setup.batch, setup.length], 'int32') };
      const noisy = family.corrupt(clean, fed);
      expect(noisy.ids.dataSync()).toEqual(data.ints('xt'));
      const all = tf.tensor2d(Float32Array.from(setup.logits), [setup.batch * setup.length, setup.width]);
      const rows = tf.gather(all, fed.positions);
      const terms = (logits: tf.Tensor) => family.loss(family[read]!(logits, noisy), clean, noisy, fed).perPosition;
      const perToken = atPositions(terms(rows).dataSync() as Float32Array, positions, count, { ...setup, width: 1 });
      const rtol = data.tolerance['rtol_f32']!;
      expect(perToken).toBeCloseToArray(data.numbers('loss_f64'), { rtol, atol: 1e-5 });
      const gradient = tf
        .grad((logits: tf.Tensor) => tf.sum(terms(logits)))(rows)
        .dataSync() as Float32Array;
      expect(atPositions(gradient, positions, count, setup)).toBeCloseToArray(data.numbers('grad_logits'), {
        rtol: 1e-3,
        atol: 1e-5,
      });
    });
  });

  if (paramsOf(data).noise) {
    it('has the reference weight at its times', () => {
      const schedule = scheduleOf(paramsOf(data));
      const expected = data.numbers('t').map((t) => -schedule.dAlpha(t) / (1 - schedule.alpha(t)));
      expect(weights).toBeCloseToArray(expected, { rtol: 1e-6 });
    });
  }
});

describe.each(goldenNames('losses/mdlm_soft_x0'))('%s', (name) => {
  it.each(READ)('equals the reference for soft clean tokens, with both gradients (of %s)', (read) => {
    const data = golden(name);
    const setup = setUp(data);
    const dAlpha = Number((data.params as Record<string, unknown>)['dalpha']);
    const alpha = data.numbers('alpha');
    const family = mdlm({ vocabSize: setup.width, maskId: setup.maskId });
    const feeds = mdlmNoise(
      setup.masked,
      setup.length,
      alpha.map((value) => -dAlpha / (1 - value)),
      alpha.map((value) => -Math.log(value)),
    );
    const positions = feeds.positions.values;
    const count = setup.masked.reduce((a, b) => a + b, 0);
    const total = setup.batch * setup.length;
    tf.tidy(() => {
      const fed = upload(feeds);
      const probs = tf.tensor2d(Float32Array.from(data.numbers('x0')), [total, setup.width]);
      const slots = tf.range(0, total, 1, 'int32');
      const drawn = tf.zeros([total], 'int32');
      const clean = (soft: tf.Tensor) => ({
        ids: tf.zeros([setup.batch, setup.length], 'int32'),
        soft: { slots, probs: soft, drawn },
      });
      const noisy = family.corrupt(clean(probs), fed);
      const rows = tf.gather(tf.tensor2d(Float32Array.from(setup.logits), [total, setup.width]), fed.positions);
      const terms = (logits: tf.Tensor, soft: tf.Tensor) =>
        family.loss(family[read]!(logits, noisy), clean(soft), noisy, fed).perPosition;
      const masked = (values: ArrayLike<number>, width: number, keep: (v: number) => boolean = () => true) =>
        Float64Array.from(values, (value, i) => (setup.masked[Math.floor(i / width)] && keep(i % width) ? value : 0));
      expect(
        atPositions(terms(rows, probs).dataSync() as Float32Array, positions, count, { ...setup, width: 1 }),
      ).toBeCloseToArray(masked(data.numbers('loss_f64'), 1), { rtol: data.tolerance['rtol_f32']! });
      const [dLogits, dProbs] = tf.grads((logits: tf.Tensor, soft: tf.Tensor) => tf.sum(terms(logits, soft)))([
        rows,
        probs,
      ]);
      expect(atPositions(dLogits!.dataSync() as Float32Array, positions, count, setup)).toBeCloseToArray(
        masked(data.numbers('grad_logits'), setup.width),
        { rtol: 1e-3, atol: 1e-5 },
      );
      // The mask column holds −10⁶ on both sides and multiplies a probability of exactly 0.
      const tokens = (v: number) => v !== setup.maskId;
      expect(masked(dProbs!.dataSync(), setup.width, tokens)).toBeCloseToArray(
        masked(data.numbers('grad_x0'), setup.width, tokens),
        { rtol: 1e-3, atol: 1e-5 },
      );
    });
  });
});
