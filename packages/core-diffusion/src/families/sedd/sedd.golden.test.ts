import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenConfig, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { markBatch } from '../../noise/batch';
import { uniformLevels } from '../../noise/moves';
import type { NoiseFeeds } from '../../noise/noise';
import { lossPlaces } from '../../noise/positions';
import { floatFeed, intFeed, upload } from '../../tensors/feeds';
import type { Family } from '../family';
import type { MaskedSeddNoise, UniformSeddNoise } from './noise';
import { sedd } from './sedd';

beforeAll(() => useBackend());

interface Noise {
  readonly sigma: Float64Array;
  readonly dSigma: Float64Array;
}

const shapeOf = (data: GoldenCase, tensor: string) => data.tensor(tensor).shape as [number, number, number];

/** The feeds that repeat stored noisy tokens of the absorbing process. */
function maskedNoise(data: GoldenCase, maskId: number, { sigma, dSigma }: Noise): MaskedSeddNoise {
  const [, length] = shapeOf(data, 'xt');
  const masked = data.ints('xt').map((id) => Number(id === maskId));
  const { feeds, perSlot } = lossPlaces(masked, length);
  return {
    ...feeds,
    sigma: floatFeed(sigma),
    masked: intFeed(masked),
    rate: perSlot((b) => dSigma[b]!),
    ratio: perSlot((b) => Math.expm1(sigma[b]!), 1),
  };
}

/** The same for the uniform process. */
function movedNoise(data: GoldenCase, { sigma, dSigma }: Noise): UniformSeddNoise {
  const [batch, length] = shapeOf(data, 'xt');
  const marked = markBatch({ ids: data.ints('xt'), batch, length });
  const { places, levels } = uniformLevels(
    marked,
    sigma.map((value) => Math.exp(-value)),
  );
  return {
    ...levels,
    rate: places.perSlot((b) => dSigma[b]!),
    moved: intFeed(marked.ids.map(() => 1)),
    replacement: intFeed(marked.ids),
  };
}

/** Loss [B·L] and its gradient [B·L·V] in the stored network outputs, logits or log-scores. */
function evaluate(data: GoldenCase, family: Family, feeds: NoiseFeeds, tensor: 'logits' | 'log_score') {
  const [batch, length, width] = shapeOf(data, tensor);
  return tf.tidy(() => {
    const fed = upload(feeds);
    const clean = { ids: tf.tensor2d(data.ints('x0'), [batch, length], 'int32') };
    const noisy = family.corrupt(clean, fed);
    expect(noisy.ids.dataSync()).toEqual(data.ints('xt'));
    const all = tf.tensor2d(Float32Array.from(data.numbers(tensor)), [batch * length, width]);
    const loss = (outputs: tf.Tensor) => {
      const rows = tf.gather(outputs, noisy.positions);
      const scores = tensor === 'logits' ? family.parameterize!(rows, noisy) : rows;
      return family.loss(scores, clean, noisy, fed).perPosition;
    };
    const perToken = new Float32Array(batch * length);
    const [values, positions] = [loss(all).dataSync(), noisy.positions.dataSync()];
    // Padding repeats position 0 with a loss of 0.
    positions.forEach((position, n) => (perToken[position]! += values[n]!));
    return {
      perToken,
      gradient: tf
        .grad((outputs: tf.Tensor) => tf.sum(loss(outputs)))(all)
        .dataSync(),
    };
  });
}

function expectGradient(actual: ArrayLike<number>, expected: Float64Array, keep: (i: number) => boolean): void {
  const kept = (values: ArrayLike<number>) => Float64Array.from(values, (value, i) => (keep(i) ? value : 0));
  const scale = kept(expected).reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  expect(kept(actual)).toBeCloseToArray(kept(expected), { atol: 1e-3 * scale });
}

const inMdlm = [...goldenNames('losses/sedd_in_mdlm'), ...goldenNames('losses/sedd_duo_absorb')];

describe.each(inMdlm)('%s', (name) => {
  it('equals the reference loss and gradient from logits, scaled by sigma', () => {
    const data = golden(name);
    const maskId = Number((data.params as Record<string, unknown>)['mask_index']);
    const alpha = data.numbers('alpha');
    const isDuo = data.names.includes('dsigma') === false;
    const noise = {
      sigma: alpha.map((value) => -Math.log(value)),
      dSigma: isDuo ? alpha.map((value) => 0.999 / value) : data.numbers('dsigma'),
    };
    const family = sedd({ vocabSize: shapeOf(data, 'logits')[2], maskId });
    const { perToken, gradient } = evaluate(data, family, maskedNoise(data, maskId, noise), 'logits');
    expect(perToken).toBeCloseToArray(data.numbers('loss_f64'), { rtol: 1e-3, atol: 1e-3 });
    expectGradient(gradient, data.numbers('grad_logits'), () => true);
  });
});

const scored = goldenNames('losses/sedd_').filter((name) => golden(name).names.includes('log_score'));

describe.each(scored)('%s', (name) => {
  it('equals the reference score entropy, its weighted sum and its gradient', () => {
    const data = golden(name);
    const [batch, length, width] = shapeOf(data, 'log_score');
    const noise = { sigma: data.numbers('sigma'), dSigma: data.numbers('dsigma') };
    const isMasked = name.includes('absorb');
    const family = sedd({ vocabSize: width, maskId: isMasked ? width - 1 : undefined });
    const feeds = isMasked ? maskedNoise(data, width - 1, noise) : movedNoise(data, noise);
    const { perToken, gradient } = evaluate(data, family, feeds, 'log_score');
    const weighted = data.numbers('entropy_f64').map((value, i) => value * noise.dSigma[Math.floor(i / length)]!);
    expect(perToken).toBeCloseToArray(weighted, { rtol: 2e-3, atol: 2e-3 });
    const sums = Array.from({ length: batch }, (_, b) =>
      perToken.subarray(b * length, (b + 1) * length).reduce((a, c) => a + c, 0),
    );
    expect(sums).toBeCloseToArray(data.numbers('loss_f64'), { rtol: 2e-3 });
    // The entry of the noisy token itself is a constant of the network, whatever gradient a free input would have there.
    const xt = data.ints('xt');
    // The stored gradient is that of the entropy without its weight.
    const scaled = data
      .numbers('grad_log_score')
      .map((value, i) => value * noise.dSigma[Math.floor(i / (length * width))]!);
    expectGradient(gradient, scaled, (i) => i % width !== xt[Math.floor(i / width)]);
  });
});

const noising = goldenNames('losses/sedd_').filter((name) => name.endsWith('_noising'));

describe.each(noising)('%s', (name) => {
  it('moves the reference tokens from its uniforms', () => {
    const data = golden(name);
    const [batch, length] = shapeOf(data, 'xt');
    const sigma = data.numbers('sigma');
    const moved = Int32Array.from(data.numbers('u'), (u, i) =>
      Number(u < -Math.expm1(-sigma[Math.floor(i / length)]!)),
    );
    const isMasked = name.includes('absorb');
    // The mask follows the tokens; the case itself does not say how many there are.
    const vocabSize = goldenConfig()['vocab']!;
    const marked = markBatch({ ids: data.ints('x0'), batch, length });
    const feeds = isMasked
      ? { ...lossPlaces(moved, length).feeds, sigma: floatFeed(sigma), masked: intFeed(moved) }
      : { ...uniformLevels(marked, sigma).levels, moved: intFeed(moved), replacement: intFeed(data.ints('repl')) };
    const family: Family = isMasked ? sedd({ vocabSize: vocabSize + 1, maskId: vocabSize }) : sedd({ vocabSize });
    tf.tidy(() => {
      const ids = tf.tensor2d(data.ints('x0'), [batch, length], 'int32');
      expect(family.corrupt({ ids }, upload(feeds)).ids.dataSync()).toEqual(data.ints('xt'));
    });
  });
});
