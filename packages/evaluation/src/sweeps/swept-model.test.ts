import { logLinear, randomStream } from '@idlm/core-diffusion';
import { dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { topK } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { autoregressiveScorer } from '../scorers/autoregressive';
import { autoregressiveModel } from './swept-model';

const [vocabSize, length] = [5, 6];

describe('autoregressiveModel', () => {
  it('writes with a causal network what that network scores as it should, and leaks nothing', async () => {
    const { compile } = await useBackend();
    const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize, length, timeConditioned: false, causal: true };
    const parameters = initialParameters(config, randomStream(1));
    // Fresh heads are zero: every token would be as likely.
    const random = randomStream(2);
    const trained = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, size }]) => [
        name,
        tf.tensor(Float32Array.from(random.normals(size)), shape),
      ]),
    );
    const given = { denoiser: dit(config), parameters: trained, compile };
    const tensors = tf.memory().numTensors;
    const denoise = hostDenoiser({ ...given, schedule: logLinear() });
    const model = autoregressiveModel({ name: 'baseline', denoise, first: [1, 0, 0, 0, 0], maskId: 4, length });
    expect(model.steps).toEqual([length]);
    const drawn = (shape?: ReturnType<typeof topK>) =>
      model.draw({ steps: length, batch: 200, length, random: randomStream(3), shape });
    const free = await drawn();
    expect([free.networkCalls, free.rowEvaluations]).toEqual([length - 1, 200 * (length - 1)]);
    expect(free.tokens.every((token, i) => token < 4 && (i % length > 0 || token === 0))).toBe(true);
    expect((await drawn()).tokens).toEqual(free.tokens);

    // The likeliest continuation is likelier than what is drawn, by the scorer, which reads whole rows at once.
    const scorer = autoregressiveScorer(given);
    const total = async (ids: Int32Array) =>
      (await scorer.score({ ids, batch: 200, length })).reduce((sum, value) => sum + value, 0);
    expect(await total((await drawn(topK(1))).tokens)).toBeLessThan(await total(free.tokens));
    denoise.dispose();
    scorer.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose([parameters, trained] as never);
  });
});
