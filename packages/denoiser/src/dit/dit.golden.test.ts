import { type DenoiserInput, type Parameters, logLinear } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import {
  ditConfigOf,
  expectWeightGradients,
  goldenTensor as tensor,
  loadWeights as load,
} from '../../test/golden-networks';
import { inverseFrequencies, rotaryTables } from '../layers/rotary';
import { conditioning, noiseEmbedding, noiseFeatures } from './conditioning';
import type { DitConfig } from './config';
import { ditBlock } from './block';
import { dit } from './dit';
import { embed } from './embedding';
import { parameterShapes } from './parameters';

beforeAll(() => useBackend());

const paramsOf = (data: GoldenCase) => data.params as unknown as { time_conditioning?: boolean; weights?: string };

function inputOf(data: GoldenCase): DenoiserInput {
  if (data.names.includes('topk_ids') || data.names.includes('indices')) {
    const [ids, weights] = data.names.includes('topk_ids') ? ['topk_ids', 'topk_weights'] : ['indices', 'weights'];
    return { topIds: tensor(data, ids, 'int32'), topWeights: tensor(data, weights) };
  }
  const latent = ['w', 'latent', 'xt_soft', 'x_soft'].find((name) => data.names.includes(name));
  return latent ? { latent: tensor(data, latent) } : { ids: tensor(data, 'xt', 'int32') };
}

describe.each(goldenNames('dit_forward/').filter((name) => golden(name).names.includes('raw_logits_f32')))(
  '%s',
  (name) => {
    const data = golden(name);
    const { time_conditioning = true, weights } = paramsOf(data);
    const atol = data.tolerance['atol_f32']!;
    let parameters: Parameters;
    let config: DitConfig;

    beforeAll(() => {
      parameters = load(weights ?? `${name.includes('duo') ? 'dit_duo' : 'dit_mdlm'}/weights`);
      config = ditConfigOf(parameters, time_conditioning);
    });
    afterAll(() => tf.dispose(parameters));

    it('has the reference parameter names and shapes', () => {
      expect(Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, value.shape]))).toEqual(
        parameterShapes(config),
      );
    });

    it('gives the reference logits, on all positions and on chosen ones', () => {
      tf.tidy(() => {
        const [input, sigma] = [inputOf(data), tensor(data, 'sigma')];
        const all = dit(config).apply(parameters, input, sigma);
        expect(all.dataSync()).toBeCloseToArray(data.numbers('raw_logits_f32'), { atol });
        const last = all.size / config.vocabSize - 1;
        const positions = tf.tensor1d([3, last, 0], 'int32');
        const chosen = dit(config).apply(parameters, input, sigma, { positions });
        expect(chosen.dataSync()).toBeCloseToArray(
          tf.gather(tf.reshape(all, [-1, config.vocabSize]), positions).dataSync(),
          { atol: 1e-5 },
        );
      });
    });

    if (data.names.includes('act_embed')) {
      it('gives the reference activations', () => {
        tf.tidy(() => {
          const sigma = time_conditioning ? tensor(data, 'sigma') : tf.zerosLike(tensor(data, 'sigma'));
          const close = (value: tf.Tensor, key: string) =>
            expect(value.dataSync()).toBeCloseToArray(data.numbers(key), { atol });
          if (data.names.includes('temb')) close(noiseEmbedding(sigma), 'temb');
          close(noiseFeatures(parameters, sigma), 'act_sigma_map');
          let x = embed(parameters['vocab_embed.embedding']!, inputOf(data));
          close(x, 'act_embed');
          const c = conditioning(parameters, sigma, time_conditioning);
          for (let i = 0; i < config.blocks; i++) {
            x = ditBlock(config, parameters, i, x, c);
            close(x, `act_block${i}`);
          }
        });
      });
    }

    if (data.names.includes('rotary_cos')) {
      it('has the reference rotary tables', () => {
        const channels = config.hidden / config.heads;
        const { cos, signedSin } = rotaryTables(config.length, channels);
        expect(cos).toBeCloseToArray(data.numbers('rotary_cos'), { atol: 2e-6 });
        const sin = signedSin.map((value, i) => (i % channels < channels / 2 ? -value : value));
        expect(sin).toBeCloseToArray(data.numbers('rotary_sin'), { atol: 2e-6 });
        expect(inverseFrequencies(channels)[0]).toBe(1);
      });
    }
  },
);

describe.each(goldenNames('dit_mdlm/grad'))('%s', (name) => {
  it('gives the reference gradient of every weight of the mean NELBO', () => {
    const data = golden(name);
    const inputs = golden('dit_forward/mdlm_time');
    const parameters = load('dit_mdlm/weights');
    const config = ditConfigOf(parameters, true);
    const maskId = Number((inputs.params as Record<string, unknown>)['mask_index']);
    const schedule = logLinear();
    const times = Array.from(inputs.numbers('grad_t'));
    tf.tidy(() => {
      const [xt, x0] = [tensor(inputs, 'xt', 'int32'), tensor(inputs, 'grad_x0', 'int32')];
      const sigma = tf.tensor1d(times.map(schedule.sigma));
      const weight = tf.tensor2d(times.map((t) => [-schedule.dAlpha(t) / (1 - schedule.alpha(t))]));
      const excluded = tf.mul(tf.oneHot(tf.scalar(maskId, 'int32'), config.vocabSize), tf.scalar(-1e6));
      const masked = tf.cast(tf.equal(xt, tf.scalar(maskId, 'int32')), 'float32');
      const loss = (given: Parameters) => {
        const logProbs = tf.logSoftmax(tf.add(dit(config).apply(given, { ids: xt }, sigma), excluded));
        const nll = tf.neg(tf.sum(tf.mul(logProbs, tf.oneHot(x0, config.vocabSize)), -1));
        return tf.mean(tf.mul(tf.mul(nll, weight), masked)) as tf.Scalar;
      };
      expectWeightGradients(loss, parameters, data);
    });
    tf.dispose(parameters);
  });
});
