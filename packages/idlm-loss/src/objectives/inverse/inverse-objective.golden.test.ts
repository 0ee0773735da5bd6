import {
  type MdlmNoise,
  type Parameters,
  floatFeed,
  intFeed,
  logLinear,
  markBatch,
  mdlm,
  mdlmNoise,
  slotFactors,
  upload,
} from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenConfig, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { expectGradients, loadNetworks } from '../../../test/networks';
import { expectTokens } from '../../../test/tokens';
import { inverseObjective } from './inverse-objective';
import type { Networks } from '../../objective';
import type { Relaxation, RowUniforms } from '../../relaxations/relaxation';
import type { StepFeeds } from './student-tokens';

beforeAll(() => useBackend());

/** The uniform whose inverse-CDF draw from `row` is `token`: the middle of its interval. */
function uniformFor(row: Float64Array, token: number): number {
  const total = row.reduce((a, b) => a + b, 0);
  const before = row.subarray(0, token).reduce((a, b) => a + b, 0);
  return (before + row[token]! / 2) / total;
}

/** The feeds that make a step repeat the stored draws: both masks, both times, and the drawn tokens. */
function replay(data: GoldenCase): { feeds: StepFeeds<RowUniforms>; width: number; maskId: number } {
  const [batch, length, width] = data.tensor('G').shape as [number, number, number];
  const maskId = Number((data.params as Record<string, unknown>)['mask_index']);
  const schedule = logLinear({ eps: Number((data.params as Record<string, unknown>)['eps']) });
  const noise = (xt: Int32Array, times: Float64Array) =>
    mdlmNoise(
      xt.map((id) => Number(id === maskId)),
      length,
      times.map((t) => -schedule.dAlpha(t) / (1 - schedule.alpha(t))),
      times.map(schedule.sigma),
    );
  const [first, second] = [
    noise(data.ints('gen_xt'), data.numbers('gen_t')),
    noise(data.ints('xt'), data.numbers('t')),
  ];
  const [generated, xt] = [data.numbers('G'), data.ints('xt')];
  const uniforms = Float64Array.from(first.positions.values, (position) => {
    const row = generated.subarray(position * width, (position + 1) * width);
    return uniformFor(row, xt[position] === maskId ? row.indexOf(Math.max(...row)) : xt[position]!);
  });
  const valid = data.names.includes('valid') ? Uint8Array.from(data.ints('valid')) : undefined;
  const clean = markBatch({ ids: data.ints('x0'), batch, length, valid });
  const counted = (drawn: MdlmNoise) => ({ noise: drawn, factors: slotFactors(drawn, clean, valid ? 'mean' : 'sum') });
  const feeds = {
    ids: intFeed(clean.ids, [batch, length]),
    first: counted(first),
    second: counted(second),
    relaxation: { uniforms: floatFeed(uniforms) },
  };
  return { feeds, width, maskId };
}

const network = (parameters: Parameters) => {
  const sizes = goldenConfig();
  const vocabSize = parameters['vocab_embed.embedding']!.shape[0];
  const blocks = Object.keys(parameters).filter((key) => key.endsWith('attn_qkv.weight')).length;
  return dit({
    hidden: sizes['hidden']!,
    blocks,
    heads: sizes['heads']!,
    cond: sizes['cond']!,
    vocabSize,
    length: sizes['length']!,
    timeConditioned: false,
  });
};

/** Mean over sequences of the stored per-token losses at masked positions, reduced as the case says. */
function reference(data: GoldenCase, tensor: string): number {
  const [batch, length] = data.tensor('xt').shape as [number, number];
  const maskId = Number((data.params as Record<string, unknown>)['mask_index']);
  const [losses, xt] = [data.numbers(tensor), data.ints('xt')];
  const valid = data.names.includes('valid') ? data.ints('valid') : undefined;
  let total = 0;
  for (let b = 0; b < batch; b++) {
    const row = Array.from({ length }, (_, l) => b * length + l);
    const sum = row.reduce((value, i) => value + (xt[i] === maskId && (valid?.[i] ?? 1) ? losses[i]! : 0), 0);
    total += valid
      ? sum /
        Math.max(
          1,
          row.reduce((value, i) => value + valid[i]!, 0),
        )
      : sum;
  }
  return total / batch;
}

describe.each(goldenNames('idlm/mdlm_'))('%s', (name) => {
  const data = golden(name);
  const isStudent = name.includes('student');
  let networks: Networks;
  beforeAll(() => {
    networks = loadNetworks('idlm_mdlm');
  });
  afterAll(() => tf.dispose(networks as never));

  const setUp = (relaxation?: Relaxation) => {
    const { feeds, width, maskId } = replay(data);
    const context = { family: mdlm({ vocabSize: width, maskId }), denoiser: network(networks.student) };
    return { feeds, objective: inverseObjective(context, { relaxation }) };
  };

  it('gives the reference losses over masked positions', () => {
    tf.tidy(() => {
      const { feeds, objective } = setUp();
      const fed = upload(feeds);
      const fake = reference(data, 'fake_per_token');
      if (!isStudent) {
        expect([objective.fakeLoss(networks, fed).loss.dataSync()[0]!]).toBeCloseToArray([fake], { rtol: 2e-3 });
        return;
      }
      const teacher = reference(data, 'teacher_per_token');
      const { loss, stats } = objective.studentLoss(networks, fed);
      const values = [stats['teacherLoss']!, stats['fakeLoss']!].map((value) => value.dataSync()[0]!);
      expect(values).toBeCloseToArray([teacher, fake], { rtol: 2e-3 });
      expect([loss.dataSync()[0]!]).toBeCloseToArray([teacher - fake], { atol: 1e-5 * Math.abs(teacher) });
    });
  });

  it('gives the reference gradient of every stored weight', () => {
    tf.tidy(() => {
      const { feeds, objective } = setUp();
      expectGradients(objective, networks, isStudent ? 'student' : 'fake', upload(feeds), {
        data,
        folder: 'idlm_mdlm',
      });
    });
  });

  it('gives the reference tokens, and for a student the gradient in them', () => {
    tf.tidy(() => expectTokens(data, networks, setUp().feeds, (relaxation) => setUp(relaxation).objective));
  });
});
