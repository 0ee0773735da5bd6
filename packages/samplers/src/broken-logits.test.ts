import { type SamplingFamily, mdlm, randomStream, timeGrid, udlm } from '@idlm/core-diffusion';
import { sampleAutoregressive } from './autoregressive';
import { finished } from './parts';
import { sample, sampleAll } from './sample';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';
import type { Denoise, LogitShaper } from './sampler';
import { temperature } from './shapers/shapers';

const masked = mdlm({ vocabSize: 5, maskId: 4 });
const uniform = udlm({ vocabSize: 5 });

/** Logits of one value from the k-th call on. */
function breaking(value: number, from = 0): Denoise {
  let calls = 0;
  return async ({ positions }) => new Float32Array(positions.length * 5).fill(calls++ >= from ? value : 0);
}

const request = (denoise: Denoise, more: { family?: SamplingFamily; shape?: LogitShaper; network?: string } = {}) => {
  const { family = masked, ...rest } = more;
  const environment = { denoise, family, timeConditioned: true, random: randomStream(1), ...rest };
  return {
    sampler: family === masked ? ancestralCached() : ancestral(),
    environment,
    batch: 2,
    length: 4,
    grid: timeGrid(8),
  };
};

describe('logits of which no probability can be made', () => {
  it.each([
    [NaN, 'the logit of token 0 is NaN'],
    [Infinity, 'the logit of token 0 is Infinity'],
    [-Infinity, 'all logits are -Infinity'],
  ])('are refused with step and position where they are %p', async (value, fault) => {
    const message = new RegExp(`^The network cannot be sampled: at step 3 of 8, ${fault} at position [0-3]\\.$`);
    await expect(sampleAll(request(breaking(value, 2), { family: uniform }))).rejects.toThrow(message);
    await expect(finished(sample(request(breaking(value, 2), { family: uniform })))).rejects.toThrow(message);
  });

  it('are refused by a greedy finish', async () => {
    const tokens = new Int32Array(4).fill(4);
    const state = { tokens, batch: 1, length: 4, t: 1e-3, firstRow: 0, networkCalls: 0, rowEvaluations: 0 };
    const { environment } = request(breaking(NaN));
    await expect(ancestralCached().finish(state, environment)).rejects.toThrow(
      'The network cannot be sampled: at t = 0.001, the logit of token 0 is NaN at position 0.',
    );
  });

  it('name the network where it has a name, and what the settings leave', async () => {
    const named = request(breaking(1), { network: 'The model in runs/a', shape: temperature(1e-310) });
    await expect(sampleAll(named)).rejects.toThrow(
      /^The model in runs\/a cannot be sampled: at step \d of 8, temperature, top-k and nucleus leave no token at position/,
    );
  });

  it('are refused of an autoregressive network', async () => {
    const environment = { denoise: breaking(NaN), first: [1, 1, 1, 1, 0], random: randomStream(1) };
    await expect(finished(sampleAutoregressive({ environment, batch: 1, length: 3 }))).rejects.toThrow(
      'the logit of token 0 is NaN at position 1',
    );
  });
});
