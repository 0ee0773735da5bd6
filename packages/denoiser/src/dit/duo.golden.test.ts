import { duo, gaussianLevel, latentDraws, markBatch, networkLoss, udlmLevels, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { ditConfigOf, expectWeightGradients, goldenTensor, loadWeights } from '../../test/golden-networks';
import { dit } from './dit';

beforeAll(() => useBackend());

interface Params {
  readonly V: number;
  readonly tau_inverse: number;
  readonly gamma_min: number;
  readonly gamma_max: number;
  readonly weights: string;
}

/** The tempered latent of a case from its stored normals, at its stored levels of the operator. */
function feedsOf(data: GoldenCase) {
  const [batch, length] = data.tensor('x0').shape as [number, number];
  const marked = markBatch({ ids: data.ints('x0'), batch, length });
  const { V, tau_inverse: inverseTemperature, gamma_min: from, gamma_max: to } = data.params as unknown as Params;
  const levels = Array.from(data.numbers('t'), (t) => gaussianLevel(from + t * (to - from)));
  const [signal, noise] = [levels.map((level) => level.signal), levels.map((level) => level.noise)];
  return {
    ...udlmLevels(marked, { alpha: data.numbers('alpha'), dAlpha: data.numbers('dalpha') }, V),
    ...latentDraws(marked, { signal, noise, inverseTemperature }, data.numbers('gauss_noise')),
  };
}

describe.each(goldenNames('dit_forward/duo_tempered_loss'))('%s', (name) => {
  const data = golden(name);
  const { V: vocabSize, weights } = data.params as unknown as Params;
  const family = duo({ vocabSize });

  it('gives the reference latent, prediction, loss and gradient of every weight through the soft input', () => {
    const parameters = loadWeights(weights);
    const denoiser = dit(ditConfigOf(parameters, true));
    tf.tidy(() => {
      const fed = upload(feedsOf(data));
      const clean = { ids: goldenTensor(data, 'x0', 'int32') };
      const noisy = family.corrupt(clean, fed);
      const { latent } = noisy.input as { latent: tf.Tensor };
      expect(latent.dataSync()).toBeCloseToArray(data.numbers('xt_soft'), { rtol: 1e-5, atol: 1e-5 });
      expect(noisy.ids.dataSync()).toEqual(data.ints('xt_hard'));
      expect(noisy.sigma.dataSync()).toBeCloseToArray(data.numbers('sigma'), { rtol: 1e-5 });
      const logits = denoiser.apply(parameters, noisy.input, noisy.sigma, { positions: noisy.positions });
      expect(family.toLogProbs(logits, noisy).dataSync()).toBeCloseToArray(data.numbers('log_probs'), { atol: 5e-4 });
      const loss = (given: typeof parameters) => networkLoss({ family, denoiser }, given, clean, fed);
      const rtol = data.tolerance['rtol_f32']!;
      expect(loss(parameters).dataSync()).toBeCloseToArray(data.numbers('loss_per_token'), { rtol, atol: 1e-4 });
      expect(tf.mean(loss(parameters)).dataSync()).toBeCloseToArray(data.numbers('loss'), { rtol });
      expectWeightGradients((given) => tf.mean(loss(given)) as tf.Scalar, parameters, golden('dit_duo/grad'));
    });
    tf.dispose(parameters);
  });
});
