import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, describeOptional, golden, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { logLinear } from '../schedules/log-linear';
import { intFeed, upload } from '../tensors/feeds';
import { topOfLatent } from '../gaussian/top-latent';
import { gaussianLevel } from '../gaussian/operator';
import { duo } from './duo/duo';
import { latentDraws } from './duo/latent';
import { networkLoss } from '../training/network-loss';
import { type UdlmNoise, udlmLevels } from './udlm/noise';
import { udlm } from './udlm/udlm';
import { markBatch } from '../noise/batch';
import type { CleanTokens } from '../noise/clean-tokens';

beforeAll(() => useBackend());

const shapeOf = (data: GoldenCase, tensor = 'xt') => data.tensor(tensor).shape as [number, number, number];

/** The clean tokens of a case, whose x0 may be rows: then any. */
function batchOf(data: GoldenCase, tensor = 'xt') {
  const [batch, length] = shapeOf(data, tensor);
  return markBatch({ ids: new Int32Array(batch * length), batch, length });
}

/** Stored noisy tokens as the noise of the hard families. */
function hardNoise(
  data: GoldenCase,
  alpha: ArrayLike<number>,
  dAlpha: ArrayLike<number>,
  vocabSize: number,
): UdlmNoise {
  const batch = batchOf(data);
  return {
    ...udlmLevels(batch, { alpha, dAlpha }, vocabSize),
    moved: intFeed(batch.ids.map(() => 1)),
    replacement: intFeed(data.ints('xt')),
  };
}

/** A network that answers with stored logits at all positions, whatever it is asked. */
const stored = (logits: tf.Tensor, vocabSize: number) => ({
  describe: () => ({ type: 'stored', config: { vocabSize, length: 8, timeConditioned: true } }),
  vocabSize,
  timeConditioned: true,
  apply: () => logits,
});

/** Loss [B·L] and gradients of a family at stored logits. */
function evaluate(data: GoldenCase, feeds: UdlmNoise, family: ReturnType<typeof udlm>, soft: boolean) {
  const [batch, length] = shapeOf(data);
  const vocabSize = family.process.vocabSize;
  const rows = batch * length;
  return tf.tidy(() => {
    const fed = upload(feeds);
    const logits = tf.tensor2d(Float32Array.from(data.numbers('logits')), [rows, vocabSize]);
    const x = soft ? tf.tensor2d(Float32Array.from(data.numbers('x0')), [rows, vocabSize]) : tf.scalar(0);
    const clean = (given: tf.Tensor): CleanTokens =>
      soft
        ? {
            ids: tf.zeros([batch, length], 'int32'),
            soft: { slots: tf.range(0, rows, 1, 'int32'), probs: given, drawn: tf.zeros([rows], 'int32') },
          }
        : { ids: tf.tensor2d(data.ints('x0'), [batch, length], 'int32') };
    const loss = (network: tf.Tensor, given: tf.Tensor) => {
      const tokens = clean(given);
      return networkLoss({ family, denoiser: stored(network, vocabSize) }, {}, tokens, fed);
    };
    const gradients = tf.grads((network: tf.Tensor, given: tf.Tensor) => tf.sum(loss(network, given)));
    const [dLogits, dClean] = soft
      ? gradients([logits, x])
      : [tf.grad((network: tf.Tensor) => tf.sum(loss(network, x)))(logits)];
    return { loss: loss(logits, x).dataSync(), dLogits: dLogits!.dataSync(), dClean: dClean?.dataSync() };
  });
}

/** Max-norm relative error, as the golden set advises for gradients. */
function expectGradient(actual: ArrayLike<number>, expected: Float64Array): void {
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  expect(actual).toBeCloseToArray(expected, { atol: 1e-3 * scale });
}

describe.each([...goldenNames('losses/duo_nll_hard'), ...goldenNames('losses/duo_soft_x0')])('%s', (name) => {
  it('equals the reference loss and gradients', () => {
    const data = golden(name);
    const vocabSize = Number((data.params as Record<string, unknown>)['V']);
    const soft = name.includes('soft');
    const feeds = hardNoise(data, data.numbers('alpha'), data.numbers('dalpha'), vocabSize);
    const found = evaluate(data, feeds, udlm({ vocabSize }), soft);
    expect(found.loss).toBeCloseToArray(data.numbers('loss_f64'), { rtol: 1e-3, atol: 1e-4 });
    expectGradient(found.dLogits, data.numbers('grad_logits'));
    if (soft) expectGradient(found.dClean!, data.numbers('grad_x0'));
  });
});

describe.each(goldenNames('losses/udlm_continuous'))('%s', (name) => {
  it('equals the reference loss, with and without its reconstruction term', () => {
    const data = golden(name);
    const vocabSize = Number((data.params as Record<string, unknown>)['V']);
    const alpha = data.numbers('t').map((t) => 1 - t);
    const feeds = hardNoise(
      data,
      alpha,
      alpha.map(() => -1),
      vocabSize,
    );
    const schedule = logLinear({ eps: 0 });
    const rtol = data.tolerance['rtol_f32']!;
    const whole = evaluate(data, feeds, udlm({ vocabSize, schedule, reconstruction: true }), false);
    expect(whole.loss).toBeCloseToArray(data.numbers('loss_f64'), { rtol, atol: 1e-4 });
    const diffusion = evaluate(data, feeds, udlm({ vocabSize, schedule }), false);
    expect(diffusion.loss).toBeCloseToArray(data.numbers('diffusion_loss_f64'), { rtol, atol: 1e-4 });
    // The stored gradient is that of the diffusion term alone.
    expectGradient(diffusion.dLogits, data.numbers('grad_logits'));
  });
});

describe.each(goldenNames('losses/duo_base_forward_noising'))('%s', (name) => {
  it('has the reference levels, moves tokens as it does and has its loss', () => {
    const data = golden(name);
    const params = data.params as unknown as { V: number; eps: number };
    const schedule = logLinear({ eps: params.eps });
    const [batch, length] = shapeOf(data);
    const times = data.numbers('t');
    expect(times.map(schedule.alpha)).toBeCloseToArray(data.numbers('alpha'), { rtol: 1e-6 });
    const draws = data.numbers('u_move');
    const moved = Int32Array.from(draws, (u, i) => Number(u < 1 - schedule.alpha(times[Math.floor(i / length)]!)));
    const signals = { alpha: times.map(schedule.alpha), dAlpha: times.map(schedule.dAlpha) };
    const feeds: UdlmNoise = {
      ...udlmLevels(batchOf(data), signals, params.V),
      moved: intFeed(moved),
      replacement: intFeed(data.ints('uniform_tokens')),
    };
    const family = udlm({ vocabSize: params.V, schedule });
    tf.tidy(() => {
      const noisy = family.corrupt({ ids: tf.tensor2d(data.ints('x0'), [batch, length], 'int32') }, upload(feeds));
      expect(noisy.ids.dataSync()).toEqual(data.ints('xt'));
    });
    expect(evaluate(data, feeds, family, false).loss).toBeCloseToArray(data.numbers('loss'), {
      rtol: 1e-3,
      atol: 1e-4,
    });
  });
});

describe.each(goldenNames('losses/dcd_trajectory'))('%s', (name) => {
  it.each(['t', 's'])('makes the reference latents and argmax tokens at %s from the stored normals', (time) => {
    const data = golden(name);
    const [batch, length, vocabSize] = shapeOf(data, 'eps');
    const marked = batchOf(data, 'eps');
    const levels = Array.from(data.numbers(`gamma_${time}`), gaussianLevel);
    const latent = {
      signal: levels.map(({ signal }) => signal),
      noise: levels.map(({ noise }) => noise),
      inverseTemperature: 1,
    };
    const feeds = {
      ...udlmLevels(marked, { alpha: levels.map(() => 0.5), dAlpha: levels.map(() => -1) }, vocabSize),
      ...latentDraws(marked, latent, data.numbers('eps')),
    };
    tf.tidy(() => {
      const clean = { ids: tf.tensor2d(data.ints('x0'), [batch, length], 'int32') };
      const noisy = duo({ vocabSize }).corrupt(clean, upload(feeds));
      expect(noisy.ids.dataSync()).toEqual(data.ints(`x${time}`));
      const input = (noisy.input as { latent: tf.Tensor }).latent.dataSync();
      expect(input).toBeCloseToArray(data.numbers(`x${time}_soft`), { rtol: 1e-5, atol: 1e-6 });
    });
  });
});

/** Distinct integers as the reference makes them of its draws: a repeated one becomes the largest that is possible by then. */
function byFloyd(integers: readonly number[], range: number): number[] {
  const taken = new Set<number>();
  for (const [j, drawn] of integers.entries()) taken.add(taken.has(drawn) ? range - integers.length + j : drawn);
  return [...taken];
}

describeOptional(goldenNames('losses/duo_topk_tempered_softmax'), (name) => {
  it('draws the reference ids and weights from its draws', () => {
    const data = golden(name);
    const { V, k, inverse_temperature } = data.params as unknown as {
      V: number;
      k: number;
      inverse_temperature: number;
    };
    const [batch, length] = shapeOf(data);
    const gamma = data.numbers('gamma');
    for (let i = 0; i < batch * length; i++) {
      const { signal, noise } = gaussianLevel(gamma[Math.floor(i / length)]!);
      const found = topOfLatent(
        { vocabSize: V, top: k, signal, noise, inverseTemperature: inverse_temperature, hard: 'clean' },
        {
          uniforms: data.numbers('draw_0_rand').subarray(i * k, (i + 1) * k),
          normal: data.numbers('draw_1_randn')[i]!,
          others: byFloyd(
            Array.from({ length: k }, (_, j) => data.ints(`draw_${j + 2}_randint`)[i]!),
            V - 1,
          ),
        },
        data.ints('x0')[i]!,
      );
      expect(found.ids).toEqual(data.ints('indices').subarray(i * k, (i + 1) * k));
      expect(found.weights).toBeCloseToArray(data.numbers('softmax_approx').subarray(i * k, (i + 1) * k), {
        atol: 1e-5,
      });
      expect(found.token).toBe(data.ints('xt')[i]);
    }
  });
});
