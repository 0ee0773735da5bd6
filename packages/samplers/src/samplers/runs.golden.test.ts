import { type Family, type Parameters, logLinear, mdlm, randomStream, timeGrid, udlm } from '@idlm/core-diffusion';
import { dit, hostDenoiser } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenConfig, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { exponentialRace } from '../../test/exponential-race';
import { sample } from '../sample';
import type { Sampler, SamplerEnvironment } from '../sampler';
import { ancestral } from './ancestral';
import { remdm } from './remdm/remdm';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

interface Params {
  readonly steps: number;
  readonly eps: number;
  readonly weights: string;
}
const paramsOf = (data: GoldenCase) => data.params as unknown as Params;

/** Weights of a golden network, in the names of the denoiser. The caller owns them. */
function load(name: string): Parameters {
  const data = golden(name);
  const trained = data.names.filter((key) => !key.includes('rotary_emb'));
  return Object.fromEntries(
    trained.map((key) => [
      key.replace(/^backbone\./, ''),
      tf.tensor(Float32Array.from(data.numbers(key)), [...data.tensor(key).shape]),
    ]),
  );
}

/** Runs a case's network down its grid with the stored uniforms of every step; returns the final tokens. */
async function run(data: GoldenCase, family: Family, sampler: Sampler): Promise<Int32Array> {
  const { steps, eps, weights } = paramsOf(data);
  const [batch, length, vocabSize] = data.tensor('uniforms_0').shape as [number, number, number];
  const { hidden, heads, cond } = goldenConfig() as Record<'hidden' | 'heads' | 'cond', number>;
  const timeConditioned = family.process.kind === 'uniform';
  const parameters = load(weights);
  const blocks = Object.keys(parameters).filter((key) => key.endsWith('attn_qkv.weight')).length;
  const denoiser = dit({ hidden, blocks, heads, cond, vocabSize, length, timeConditioned });
  const denoise = hostDenoiser({
    denoiser,
    parameters,
    schedule: family.schedule,
    compile: engine.compile,
  });
  const draws = data.names.filter((name) => name.startsWith('uniforms_')).length;
  const races = Array.from({ length: draws }, (_, i) => exponentialRace(data.numbers(`uniforms_${i}`)));
  let step = 0;
  const environment: SamplerEnvironment = {
    denoise,
    family,
    timeConditioned,
    random: randomStream(0),
    categorical: (...draw) => races[step]!(...draw),
  };
  const grid = timeGrid(steps, { to: eps });
  const frames = sample({ sampler, environment, batch, length, grid });
  let next = await frames.next();
  for (; !next.done; next = await frames.next()) step++;
  denoise.dispose();
  tf.dispose(parameters);
  return next.value.tokens;
}

/** The masked family of a run: the references' ddpm_cache and ReMDM ignore eps, so that α = 1 − t. */
function maskedFamily(data: GoldenCase): Family {
  const vocabSize = data.tensor('uniforms_0').shape[2]!;
  const maskId = Number((golden(paramsOf(data).weights).params as Record<string, unknown>)['mask_index']);
  return mdlm({ vocabSize, maskId, schedule: logLinear({ eps: 0 }) });
}

/** The sampler of a masked run: ReMDM's by cap or by confidence, else the ancestral one. */
function samplerOf(data: GoldenCase): Sampler {
  const { sampler, eta } = data.params as unknown as { sampler?: string; eta?: number };
  if (!data.name.includes('remdm')) return ancestral();
  return remdm(sampler === 'remdm-cap' ? { strategy: 'cap', eta } : { strategy: 'confidence' });
}

describe.each(['samplers/mdlm_run4', 'samplers/remdm_run4'].flatMap(goldenNames))('%s', (name) => {
  it('ends a whole run with the reference tokens', async () => {
    const data = golden(name);
    expect(await run(data, maskedFamily(data), samplerOf(data))).toEqual(data.ints('x_final'));
  });
});

describe.each(goldenNames('samplers/duo_run4'))('%s', (name) => {
  it('ends a whole run from the reference noise with the reference tokens', async () => {
    const data = golden(name);
    const family = udlm({ vocabSize: data.tensor('uniforms_0').shape[2]! });
    const [start, length] = [data.ints('x_init'), data.tensor('x_init').shape[1]!];
    let row = 0;
    const prior = () => start.slice(row * length, ++row * length);
    const final = await run(
      data,
      { ...family, process: { ...family.process, prior } },
      ancestral({ last: 'ancestral' }),
    );
    expect(final).toEqual(data.ints('x_final'));
  });
});
