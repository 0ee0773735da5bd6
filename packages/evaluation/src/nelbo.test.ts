import { type Denoiser, duo, mdlm, randomStream } from '@idlm/core-diffusion';
import { dit, initialParameters } from '@idlm/denoiser';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type MakeTogether, nelboPerplexity } from './nelbo';

it('the batches of a bound are measured each by itself, by whichever process', async () => {
  await useBackend();
  const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 6, length: 4, timeConditioned: false };
  const parameters = initialParameters(config, randomStream(3));
  const batches = [0, 1, 2].map((first) => ({
    ids: Int32Array.from({ length: 8 }, (_, i) => (first + i) % 5),
    ...{ batch: 2, length: 4 },
  }));
  const measure = (together?: MakeTogether) =>
    nelboPerplexity({
      ...{ family: mdlm({ vocabSize: 6, maskId: 5 }), denoiser: dit(config), parameters, batches, draws: 2 },
      ...{ random: randomStream(1), together },
    });
  const all = await measure();
  const asked: number[] = [];
  const inTwo = await measure(async (count, make) => {
    asked.push(count);
    return [...(await make({ first: 0, end: 1 })), ...(await make({ first: 1, end: count }))];
  });
  expect(asked).toEqual([3]);
  expect(inTwo).toEqual(all);
  const each = await Promise.all([0, 1, 2].map((b) => measure((_, make) => make({ first: b, end: b + 1 }))));
  expect(new Set(each.map(({ nll }) => nll)).size).toBe(3);
  expect(each.reduce((sum, { nll }) => sum + nll, 0) / 3).toBeCloseTo(all.nll, 10);
  tf.dispose(parameters);
});

it('the error of a bound is that of its draws, in nats per token', async () => {
  await useBackend();
  const denoiser: Denoiser = {
    describe: () => ({ type: 'row', config: { vocabSize: 4, length: 3, timeConditioned: false } }),
    vocabSize: 4,
    timeConditioned: false,
    apply: ({ row }, _input, _sigma, { positions } = {}) => tf.tile(row!, [positions!.shape[0], 1]),
  };
  const row = tf.tensor2d([[0.5, 0, -0.5, 9]]);
  const measure = (draws: number, ids: Int32Array) =>
    nelboPerplexity({
      ...{ family: mdlm({ vocabSize: 4, maskId: 3 }), denoiser, parameters: { row }, draws },
      ...{ batches: [{ ids, batch: 2, length: 3 }], random: randomStream(1) },
    });
  const ids = Int32Array.of(0, 1, 2, 0, 1, 2);
  const [first, both] = [await measure(1, ids), await measure(2, ids)];
  expect(first.standardError).toBeNaN();
  // Of two values: half of their difference, and the second one is as far from the mean as the first.
  expect(both.standardError).toBeCloseTo(Math.abs(both.nll - first.nll), 10);
  expect(both.standardError).toBeGreaterThan(0.01);
  row.dispose();
});

it.each([
  [27, 1.289e-5],
  [50257, 3.016e-3],
])('what a bound leaves out is small: KL(q(x_1 | x_0) ‖ prior) of uniform noise over %s tokens', (vocabSize, nats) => {
  const { process, schedule } = duo({ vocabSize });
  const law = new Float64Array(vocabSize);
  process.transition(0, schedule.alpha(1), law);
  const divergence = law.reduce((sum, chance) => sum + chance * Math.log(vocabSize * chance), 0);
  expect(divergence / nats).toBeCloseTo(1, 3);
});
