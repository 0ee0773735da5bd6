import { randomStream } from '@idlm/core-diffusion';
import { golden, goldenNames } from '@idlm/tools/golden';
import { exponentialRace } from '../../test/exponential-race';
import { nucleus, topK } from '../shapers/shapers';
import { ancestral } from './ancestral';
import { expectLaws, familyOf, paramsOf, replay } from '../../test/golden-replay';

const steps = [
  'samplers/mdlm_ddpm',
  'samplers/mdlm_analytic',
  'samplers/mdlm_duo_ancestral',
  'samplers/duo_ancestral',
  'samplers/udlm_ancestral',
  'samplers/remdm_mdlm',
]
  .flatMap(goldenNames)
  .filter((name) => golden(name).names.includes('logits') && !golden(name).names.includes('p_x0_cache'));

describe.each(steps)('%s', (name) => {
  it('gives the reference law and, from its uniforms, the reference tokens', async () => {
    const data = golden(name);
    const { environment, state, drawn } = replay(data);
    const { t, s } = paramsOf(data);
    const next = await ancestral().step(state, t, s!, environment);
    expectLaws(data, drawn, data.tolerance['rtol_f64']!);
    expect(next.tokens).toEqual(data.ints('x_next'));
  });
});

const lasts = [
  'samplers/mdlm_denoiser_last',
  'samplers/mdlm_greedy_last',
  'samplers/mdlm_duo_last',
  'samplers/duo_last',
].flatMap(goldenNames);

describe.each(goldenNames('samplers/mdlm_ddpm_cache_hit'))('%s', (name) => {
  it('steps on a cached prediction, used as it is', () => {
    const data = golden(name);
    const [, , width] = data.tensor('probs').shape as [number, number, number];
    const { t, s, mask_index: maskId } = paramsOf(data);
    const { process } = familyOf(data, width);
    const race = exponentialRace(data.numbers('uniforms'));
    const tokens = data.ints('xt').map((token, position) => {
      if (token !== maskId) return token;
      const row = (tensor: string) => data.numbers(tensor).subarray(position * width, (position + 1) * width);
      const weights = new Float64Array(width);
      process.posterior(token, row('p_x0_cache'), 1 - s!, 1 - t, weights);
      expect(weights.map((value) => value * t)).toBeCloseToArray(row('probs'), { atol: 1e-7 });
      return race(weights, randomStream(0), position);
    });
    expect(tokens).toEqual(data.ints('x_next'));
  });
});

describe.each(lasts)('%s', (name) => {
  it('removes the remaining noise as the reference does', async () => {
    const data = golden(name);
    const { environment, state, drawn } = replay(data);
    const isGreedy = name.includes('greedy');
    const next = await ancestral({ last: isGreedy ? 'greedy' : 'ancestral' }).finish(state, environment);
    if (!isGreedy) expectLaws(data, drawn);
    expect(next.tokens).toEqual(data.ints('x_next'));
  });
});

/** Rows of a case's tensor after a shaper, as probabilities. */
function shaped(logits: Float64Array, width: number, shaper: (row: Float64Array) => void): Float64Array {
  const out = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += width) {
    const row = logits.slice(at, at + width);
    shaper(row);
    const weights = row.map(Math.exp);
    const total = weights.reduce((a, b) => a + b, 0);
    out.set(
      weights.map((value) => value / total),
      at,
    );
  }
  return out;
}

describe.each([...goldenNames('samplers/top_p'), ...goldenNames('samplers/remdm_nucleus')])('%s', (name) => {
  it('keeps the reference nucleus', () => {
    const data = golden(name);
    const isDuo = data.names.includes('log_probs');
    const [tensor, p] = [data.tensor(isDuo ? 'log_probs' : 'probs'), paramsOf(data).top_p!];
    const width = tensor.shape[tensor.shape.length - 1]!;
    const logits = Float64Array.from(tensor.values, (value) => (isDuo ? value : Math.log(value)));
    const shaper = nucleus(p, isDuo ? 'keep-crossing' : 'drop-crossing');
    expect(
      shaped(logits, width, (row) => shaper(row, { position: 0, t: 1, tokens: Int32Array.of(0) })),
    ).toBeCloseToArray(data.numbers('filtered'), { atol: 1e-9 });
    if (data.names.includes('top_k3')) {
      expect(
        shaped(logits, width, (row) => topK(3)(row, { position: 0, t: 1, tokens: Int32Array.of(0) })),
      ).toBeCloseToArray(data.numbers('top_k3'), { atol: 1e-9 });
    }
  });
});

describe.each(goldenNames('samplers/sample_categorical'))('%s', (name) => {
  it('draws the reference tokens from its uniforms', () => {
    const data = golden(name);
    const width = data.tensor('probs').shape[2]!;
    const race = exponentialRace(data.numbers('uniforms'));
    const tokens = data
      .ints('tokens')
      .map((_, i) => race(data.numbers('probs').subarray(i * width, (i + 1) * width), randomStream(0), i));
    expect(tokens).toEqual(data.ints('tokens'));
  });
});
