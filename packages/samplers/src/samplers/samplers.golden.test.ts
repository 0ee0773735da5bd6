import {
  type Family,
  type NoiseSchedule,
  cosine,
  duoCosine,
  logLinear,
  mdlm,
  randomStream,
  uniform,
} from '@idlm/core-diffusion';
import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import { exponentialRace } from '../exponential-race';
import type { Categorical, Denoise, SamplerEnvironment, SamplerState } from '../sampler';
import { nucleus, topK } from '../shapers/shapers';
import { ancestral } from './ancestral';

interface Params {
  readonly t: number;
  readonly s: number | null;
  readonly noise?: string;
  readonly eps?: number;
  readonly mask_index?: number;
  readonly top_p?: number;
}
const paramsOf = (data: GoldenCase) => data.params as unknown as Params;

/** Uniform-state family with the mean parameterization, for replaying its samplers. */
const uniformFamily = (vocabSize: number, schedule: NoiseSchedule): Family => ({
  ...mdlm({ vocabSize, maskId: 0, schedule }),
  process: uniform({ vocabSize }),
  rowToLogProbs: () => undefined,
});

function familyOf(data: GoldenCase, width: number): Family {
  const { noise = 'log-linear', eps = 1e-3, mask_index: maskId } = paramsOf(data);
  const isMdlmRepository = data.name.includes('/mdlm_') && !data.name.includes('duo');
  const cosineForm = isMdlmRepository ? cosine({ eps }) : duoCosine({ eps });
  // The reference's ddpm_cache ignores eps: α = 1 − t.
  const schedule = noise === 'cosine' ? cosineForm : logLinear({ eps: data.name.includes('cache') ? 0 : eps });
  return maskId === undefined ? uniformFamily(width, schedule) : mdlm({ vocabSize: width, maskId, schedule });
}

/** Stored logits as the network; stored uniforms as the draws; the weights of every draw on record. */
function replay(data: GoldenCase) {
  const [batch, length, width] = data.tensor('logits').shape as [number, number, number];
  const logits = data.numbers('logits');
  const denoise: Denoise = async ({ tokens, positions }) => {
    // All rows are sent when every one has an open position; otherwise find the sent rows by their tokens.
    const xt = data.ints('xt');
    const sent: number[] = [];
    for (let row = 0; row < batch; row++) {
      const at = sent.length * length;
      if (tokens.subarray(at, at + length).join() === xt.subarray(row * length, (row + 1) * length).join())
        sent.push(row);
    }
    return Float64Array.from({ length: positions.length * width }, (_, i) => {
      const position = positions[Math.floor(i / width)]!;
      return logits[(sent[Math.floor(position / length)]! * length + (position % length)) * width + (i % width)]!;
    });
  };
  const drawn = new Map<number, Float64Array>();
  const race = data.names.includes('uniforms') ? exponentialRace(data.numbers('uniforms')) : undefined;
  const categorical: Categorical = (weights, random, position) => {
    drawn.set(position, weights.slice());
    return race!(weights, random, position);
  };
  const { top_p: p } = paramsOf(data);
  const environment: SamplerEnvironment = {
    denoise,
    family: familyOf(data, width),
    timeConditioned: true,
    random: randomStream(0),
    categorical,
    shape: p ? nucleus(p) : undefined,
  };
  const state: SamplerState = {
    tokens: data.ints('xt'),
    batch,
    length,
    t: paramsOf(data).t,
    firstRow: 0,
    networkCalls: 0,
    rowEvaluations: 0,
  };
  return { environment, state, drawn, width };
}

/** Equal up to a factor: the reference hands unnormalised weights to its draw. */
function expectProportional(actual: Float64Array, expected: Float64Array, rtol: number): void {
  const scale = expected.reduce((a, b) => a + b, 0) / actual.reduce((a, b) => a + b, 0);
  expect(actual.map((value) => value * scale)).toBeCloseToArray(expected, { rtol: Math.max(rtol, 1e-6), atol: 1e-9 });
}

const steps = [
  'samplers/mdlm_ddpm',
  'samplers/mdlm_analytic',
  'samplers/mdlm_duo_ancestral',
  'samplers/duo_ancestral',
  'samplers/udlm_ancestral',
]
  .flatMap(goldenNames)
  .filter((name) => golden(name).names.includes('logits') && !golden(name).names.includes('p_x0_cache'));

describe.each(steps)('%s', (name) => {
  it('gives the reference law and, from its uniforms, the reference tokens', async () => {
    const data = golden(name);
    const { environment, state, drawn, width } = replay(data);
    const { t, s } = paramsOf(data);
    const next = await ancestral().step(state, t, s!, environment);
    const probs = data.numbers('probs');
    expect(drawn.size).toBeGreaterThan(0);
    for (const [position, weights] of drawn)
      expectProportional(
        weights,
        probs.subarray(position * width, (position + 1) * width),
        data.tolerance['rtol_f64']!,
      );
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
    const { environment, state, drawn, width } = replay(data);
    const next = await ancestral({ last: name.includes('greedy') ? 'greedy' : 'ancestral' }).finish(state, environment);
    for (const [position, weights] of drawn)
      expectProportional(weights, data.numbers('probs').subarray(position * width, (position + 1) * width), 1e-6);
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
