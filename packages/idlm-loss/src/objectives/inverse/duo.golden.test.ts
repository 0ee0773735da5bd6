import {
  type LossDraws,
  duo,
  floatFeed,
  gaussianLevel,
  intFeed,
  latentDraws,
  markBatch,
  slotFactors,
  udlmLevels,
  upload,
} from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden, goldenConfig, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { expectGradients, loadNetworks, validOf } from '../../../test/networks';
import { expectTokens } from '../../../test/tokens';
import { inverseObjective } from './inverse-objective';
import type { Networks } from '../../objective';
import type { Relaxation, RowUniforms } from '../../relaxations/relaxation';
import type { StepFeeds } from './student-tokens';

beforeAll(() => useBackend());

interface Params {
  readonly V: number;
  readonly tau_inverse: number;
}

/** One corruption from stored levels and normals. The student's input has no loss, so no slope either. */
function drawsOf(data: GoldenCase, prefix: '' | 'gen_'): LossDraws {
  const [batch, length] = data.tensor('x0').shape as [number, number];
  const { V, tau_inverse } = data.params as unknown as Params;
  const levels = Array.from(data.numbers(`${prefix}gamma`), gaussianLevel);
  const alpha = data.numbers(`${prefix}alpha`);
  const dAlpha = prefix === '' ? data.numbers('dalpha') : alpha.map(() => -1);
  const valid = validOf(data);
  const clean = markBatch({ ids: data.ints('x0'), batch, length, valid });
  const latent = {
    signal: levels.map(({ signal }) => signal),
    noise: levels.map(({ noise }) => noise),
    inverseTemperature: tau_inverse,
  };
  const noise = {
    ...udlmLevels(clean, { alpha, dAlpha }, V),
    ...latentDraws(clean, latent, data.numbers(`${prefix}eps`)),
  };
  return { noise, factors: slotFactors(noise, clean, valid ? 'token-mean' : 'sum') };
}

/** The feeds that make a step repeat the stored draws. */
function replay(data: GoldenCase): StepFeeds<RowUniforms> {
  const first = drawsOf(data, 'gen_');
  return {
    ids: intFeed(data.ints('x0'), data.tensor('x0').shape),
    first,
    second: drawsOf(data, ''),
    relaxation: { uniforms: floatFeed(new Float32Array(first.noise.positions.values.length).fill(0.5)) },
  };
}

/** The stored per-token losses, reduced as the case says. */
function reduced(data: GoldenCase, tensor: string): number {
  const batch = data.tensor('x0').shape[0]!;
  const [losses, valid] = [data.numbers(tensor), validOf(data)];
  const total = losses.reduce((sum, loss, i) => sum + loss * (valid ? valid[i]! : 1), 0);
  return (
    total /
    (valid
      ? Math.max(
          1,
          valid.reduce((a, b) => a + b, 0),
        )
      : batch)
  );
}

describe.each(goldenNames('idlm/duo_'))('%s', (name) => {
  const data = golden(name);
  const role = name.includes('student') ? 'student' : 'fake';
  let networks: Networks;
  beforeAll(() => {
    networks = loadNetworks('idlm_duo');
  });
  afterAll(() => tf.dispose(networks as never));

  const setUp = (relaxation?: Relaxation) => {
    const { V } = data.params as unknown as Params;
    const { hidden, heads, cond, length } = goldenConfig() as Record<'hidden' | 'heads' | 'cond' | 'length', number>;
    const blocks = Object.keys(networks.student).filter((key) => key.endsWith('attn_qkv.weight')).length;
    const denoiser = dit({ hidden, blocks, heads, cond, vocabSize: V, length, timeConditioned: true });
    return {
      feeds: replay(data),
      objective: inverseObjective({ family: duo({ vocabSize: V }), denoiser }, { relaxation }),
    };
  };

  it('gives the reference losses', () => {
    tf.tidy(() => {
      const { feeds, objective } = setUp();
      const fed = upload(feeds);
      const fake = reduced(data, 'fake_per_token');
      if (role === 'fake') {
        expect([objective.fakeLoss(networks, fed).loss.dataSync()[0]!]).toBeCloseToArray([fake], { rtol: 2e-3 });
        return;
      }
      const teacher = reduced(data, 'teacher_per_token');
      const { loss, stats } = objective.studentLoss(networks, fed);
      const values = [stats['teacherLoss']!, stats['fakeLoss']!].map((value) => value.dataSync()[0]!);
      expect(values).toBeCloseToArray([teacher, fake], { rtol: 2e-3 });
      expect([loss.dataSync()[0]!]).toBeCloseToArray([teacher - fake], { atol: 2e-4 * Math.abs(teacher) });
    });
  });

  it('gives the reference gradient of every stored weight', () => {
    tf.tidy(() => {
      const { feeds, objective } = setUp();
      expectGradients(objective, networks, role, upload(feeds), { data, folder: 'idlm_duo' });
    });
  });

  it('gives the reference tokens, and for a student the gradient in them', () => {
    tf.tidy(() => expectTokens(data, networks, setUp().feeds, (relaxation) => setUp(relaxation).objective));
  });
});
