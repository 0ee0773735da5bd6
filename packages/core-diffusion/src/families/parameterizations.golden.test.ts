import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { logLinear } from '../schedules/log-linear';
import type { NoisyTokens } from '../noise/noise';
import type { Family } from './family';
import { sedd } from './sedd/sedd';
import { udlm } from './udlm/udlm';

beforeAll(() => useBackend());

/** What the host makes of every stored row of logits, [B·L·V]. */
function hostRows(data: GoldenCase, read: (row: Float64Array, current: number, at: number) => void) {
  const [, length, width] = data.tensor('raw_logits_f64').shape as [number, number, number];
  const rows = data.numbers('raw_logits_f64');
  const current = data.names.includes('xt') ? data.ints('xt') : undefined;
  for (let i = 0; i < rows.length / width; i++)
    read(rows.subarray(i * width, (i + 1) * width), current?.[i] ?? 0, Math.floor(i / length));
  return rows;
}

/** What the device makes of all stored rows, [B·L·V]. */
function deviceRows(data: GoldenCase, of: (logits: tf.Tensor, noisy: NoisyTokens) => tf.Tensor): Float32Array {
  const [batch, length, width] = data.tensor('raw_logits_f32').shape as [number, number, number];
  return tf.tidy(() => {
    const xt = data.names.includes('xt') ? data.ints('xt') : new Int32Array(batch * length);
    const ids = tf.tensor2d(xt, [batch, length], 'int32');
    const sigma = tf.tensor1d(Float32Array.from(data.numbers('sigma')));
    const noisy = { input: { ids }, ids, sigma, positions: tf.range(0, batch * length, 1, 'int32') };
    const logits = tf.tensor2d(Float32Array.from(data.numbers('raw_logits_f32')), [batch * length, width]);
    return of(logits, noisy).dataSync() as Float32Array;
  });
}

const predicted = goldenNames('dit_forward/duo_').filter((name) => golden(name).names.includes('raw_logits_f64'));

describe.each(predicted)('%s', (name) => {
  it('has the reference mean parameterization, on host and device', () => {
    const data = golden(name);
    const family = udlm({ vocabSize: data.tensor('raw_logits_f64').shape[2]! });
    const rows = hostRows(data, (row, current) => family.slotToLogProbs(row, current, 0.5));
    expect(rows).toBeCloseToArray(data.numbers('log_probs_f64'), { atol: data.tolerance['atol_f64']! });
    expect(deviceRows(data, family.toLogProbs)).toBeCloseToArray(data.numbers('log_probs_f32'), {
      atol: data.tolerance['atol_f32']!,
    });
  });
});

interface ScoreParams {
  readonly graph: 'absorb' | 'uniform';
  readonly scale_by_sigma: boolean;
}

/** The score family of a case. */
function seddOf(data: GoldenCase): Family {
  const { graph, scale_by_sigma: scaleBySigma } = data.params as unknown as ScoreParams;
  const vocabSize = data.tensor('raw_logits_f64').shape[2]!;
  return graph === 'uniform' ? sedd({ vocabSize }) : sedd({ vocabSize, maskId: vocabSize - 1, scaleBySigma });
}

describe.each(goldenNames('dit_forward/sedd_'))('%s', (name) => {
  it('has the reference log-scores, scaled by sigma where it scales, on host and device', () => {
    const data = golden(name);
    const family = seddOf(data);
    const sigma = data.numbers('sigma');
    const timeOf = (row: number) => logLinear().inverse(Math.exp(-sigma[row]!));
    const isFree = (i: number) => {
      const width = family.process.vocabSize;
      const { maskId } = family.process;
      return maskId === undefined || data.ints('xt')[Math.floor(i / width)] === maskId;
    };
    // Tokens that no step can change have no score on the host; the reference stores what its network says there.
    const free = (values: ArrayLike<number>) => Float64Array.from(values).filter((_, i) => isFree(i));
    const rows = hostRows(data, (row, current, at) => family.slotToLogScores!(row, current, timeOf(at)));
    expect(free(rows)).toBeCloseToArray(free(data.numbers('log_score_f64')), { atol: 1e-5 });
    const found = deviceRows(data, family.parameterize!);
    expect(free(found)).toBeCloseToArray(free(data.numbers('log_score_f32')), { atol: data.tolerance['atol_f32']! });
  });
});
