import { type Family, geometric, logLinear, randomStream, sedd } from '@idlm/core-diffusion';
import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import { exponentialRace } from '../../test/exponential-race';
import type { Categorical, Denoise, Sampler, SamplerEnvironment, SamplerState } from '../sampler';
import { analytic } from './analytic';
import { euler } from './euler';

interface Params {
  readonly t: number;
  readonly s: number | null;
  readonly noise: string;
  readonly graph?: 'absorb' | 'uniform';
  readonly eps?: number;
  readonly sigma_min?: number;
  readonly sigma_max?: number;
}
const paramsOf = (data: GoldenCase) => data.params as unknown as Params;

/** Where a case stores what the network gives: log-scores, or logits that the family scales by sigma itself. */
const outputOf = (data: GoldenCase) => (data.names.includes('logits') ? 'logits' : 'log_score');

function familyOf(data: GoldenCase): Family {
  const { graph = 'absorb', noise, eps, sigma_min: sigmaMin, sigma_max: sigmaMax } = paramsOf(data);
  const width = data.tensor(outputOf(data)).shape[2]!;
  const schedule = noise === 'geometric' ? geometric({ sigmaMin, sigmaMax }) : logLinear({ eps });
  if (graph === 'uniform') return sedd({ vocabSize: width, schedule });
  return sedd({ vocabSize: width, maskId: width - 1, schedule, scaleBySigma: outputOf(data) === 'logits' });
}

/** Stored outputs as the network, stored uniforms as the draws, the weights of every draw on record. */
function replay(data: GoldenCase) {
  const output = outputOf(data);
  const [batch, length, width] = data.tensor(output).shape as [number, number, number];
  const [values, family] = [data.numbers(output), familyOf(data)];
  const denoise: Denoise = async ({ positions, tokens }) => {
    expect(tokens.length).toBe(batch * length);
    return Float64Array.from(
      { length: positions.length * width },
      (_, i) => values[positions[Math.floor(i / width)]! * width + (i % width)]!,
    );
  };
  const drawn = new Map<number, Float64Array>();
  // The repository drops the mask, its last token, where it removes the remaining noise.
  const drawnWidth = data.tensor('uniforms').shape[2]!;
  const race = exponentialRace(data.numbers('uniforms'));
  const categorical: Categorical = (weights, random, position) => {
    drawn.set(position, weights.slice(0, drawnWidth));
    return race(weights.subarray(0, drawnWidth), random, position);
  };
  const environment: SamplerEnvironment = {
    denoise,
    family,
    timeConditioned: true,
    random: randomStream(0),
    categorical,
  };
  const { t } = paramsOf(data);
  const state: SamplerState = {
    tokens: data.ints('xt'),
    batch,
    length,
    t,
    firstRow: 0,
    networkCalls: 0,
    rowEvaluations: 0,
  };
  return { environment, state, drawn, drawnWidth };
}

/** Every drawn law is the reference's, whose negative entries can never be drawn; other positions keep their token there too. */
function expectLaws(data: GoldenCase, drawn: ReadonlyMap<number, Float64Array>, width: number, scaled: boolean): void {
  expect(drawn.size).toBeGreaterThan(0);
  const probs = data.numbers('probs').map((value) => Math.max(0, value));
  const sum = (row: Float64Array) => row.reduce((a, b) => a + b, 0);
  for (const [position, weights] of drawn) {
    const expected = probs.subarray(position * width, (position + 1) * width);
    const scale = scaled ? sum(expected) / sum(weights) : 1;
    expect(weights.map((value) => value * scale)).toBeCloseToArray(expected, { rtol: 1e-8, atol: 1e-9 });
  }
}

const steps = goldenNames('samplers/sedd').filter((name) => /_(euler|analytic)/.test(name));

describe.each(steps)('%s', (name) => {
  it('gives the reference law, its total too, and from its uniforms the reference tokens', async () => {
    const data = golden(name);
    const { environment, state, drawn, drawnWidth } = replay(data);
    const sampler: Sampler = name.includes('euler') ? euler() : analytic();
    const { t, s } = paramsOf(data);
    const next = await sampler.step(state, t, s!, environment);
    expectLaws(data, drawn, drawnWidth, false);
    expect(next.tokens).toEqual(data.ints('x_next'));
    expect(next).toMatchObject({ t: s, networkCalls: 1 });
  });
});

const lasts = goldenNames('samplers/sedd').filter((name) => /_(denoise|last)/.test(name));

describe.each(lasts)('%s', (name) => {
  it('removes the remaining noise as the reference does', async () => {
    const data = golden(name);
    for (const sampler of [euler({ last: 'ancestral' }), analytic({ last: 'ancestral' })]) {
      const { environment, state, drawn, drawnWidth } = replay(data);
      const next = await sampler.finish(state, environment);
      expectLaws(data, drawn, drawnWidth, true);
      expect(next.tokens).toEqual(data.ints('x_next'));
    }
  });
});
