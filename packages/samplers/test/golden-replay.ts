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
import type { GoldenCase } from '@idlm/tools/golden';
import { exponentialRace } from './exponential-race';
import type { Categorical, Denoise, SamplerEnvironment, SamplerState } from '../src/sampler';
import { nucleus } from '../src/shapers/shapers';

/** What a case of one step is made with. */
interface StepParams {
  readonly t: number;
  readonly s: number | null;
  readonly noise?: string;
  readonly eps?: number;
  readonly mask_index?: number;
  readonly top_p?: number;
  readonly nucleus_p?: number;
}
/** A case's parameters. */
export const paramsOf = (data: GoldenCase) => data.params as unknown as StepParams;

/** Uniform-state family with the mean parameterization, for replaying its samplers. */
const uniformFamily = (vocabSize: number, schedule: NoiseSchedule): Family => ({
  ...mdlm({ vocabSize, maskId: 0, schedule }),
  process: uniform({ vocabSize }),
  slotToLogProbs: () => undefined,
});

/** The family of a case, whose rows are `width` long. */
export function familyOf(data: GoldenCase, width: number): Family {
  const { noise = 'log-linear', eps = 1e-3, mask_index: maskId } = paramsOf(data);
  const isMdlmRepository = data.name.includes('/mdlm_') && !data.name.includes('duo');
  const cosineForm = isMdlmRepository ? cosine({ eps }) : duoCosine({ eps });
  // The references' ddpm_cache and ReMDM ignore eps: α = 1 − t.
  const schedule = noise === 'cosine' ? cosineForm : logLinear({ eps: /cache|remdm/.test(data.name) ? 0 : eps });
  return maskId === undefined ? uniformFamily(width, schedule) : mdlm({ vocabSize: width, maskId, schedule });
}

/** Duo keeps the token that crosses p, ReMDM drops it. */
function shaperOf(data: GoldenCase) {
  const { top_p: kept, nucleus_p: dropped } = paramsOf(data);
  if (kept) return nucleus(kept);
  return dropped && dropped < 1 ? nucleus(dropped, 'drop-crossing') : undefined;
}

/** Stored logits as the network; stored uniforms as the draws; the weights of every draw on record. */
export function replay(data: GoldenCase) {
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
  const environment: SamplerEnvironment = {
    denoise,
    family: familyOf(data, width),
    timeConditioned: true,
    random: randomStream(0),
    categorical,
    shape: shaperOf(data),
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

/** The laws of all draws are the case's, up to a factor each: the references hand unnormalised weights to their draw. */
export function expectLaws(data: GoldenCase, drawn: ReadonlyMap<number, Float64Array>, rtol = 1e-6): void {
  expect(drawn.size).toBeGreaterThan(0);
  const probs = data.numbers('probs');
  for (const [position, weights] of drawn) {
    const expected = probs.subarray(position * weights.length, (position + 1) * weights.length);
    const scale = expected.reduce((a, b) => a + b, 0) / weights.reduce((a, b) => a + b, 0);
    const actual = weights.map((value) => value * scale);
    expect(actual).toBeCloseToArray(expected, { rtol: Math.max(rtol, 1e-6), atol: 1e-9 });
  }
}
