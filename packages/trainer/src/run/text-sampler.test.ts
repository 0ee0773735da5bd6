import { randomStream, timeGrid } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { ancestral } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { config, tinyFamily } from '../../test/tiny';
import { tinyTask } from '../../test/train';
import { textSampler } from './text-sampler';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

describe('textSampler', () => {
  it('draws the same texts from the same network, and keeps no tensors', async () => {
    const task = tinyTask(engine, 'teacher');
    const sample = textSampler({
      engine,
      family: tinyFamily(),
      denoiser: dit(config),
      sampler: ancestral(),
      grid: timeGrid(4),
      count: 3,
      length: config.length,
      random: randomStream(2),
      decode: (ids) => Array.from(ids).join(''),
    });
    const { ema } = task.networks()['teacher']!;
    const tensors = tf.memory().numTensors;
    const texts = await sample(ema, 1);
    expect(texts).toHaveLength(3);
    texts.forEach(({ text }) => expect(text).toMatch(/^[0-5]{8}$/));
    expect(await sample(ema, 2)).toEqual(texts);
    expect(tf.memory().numTensors).toBe(tensors);
    task.dispose();
  });

  it('draws a share of the texts that several draw', async () => {
    const task = tinyTask(engine, 'teacher');
    const textsOf = (count: number, firstRow?: number) =>
      textSampler({
        ...{ engine, family: tinyFamily(), denoiser: dit(config), sampler: ancestral(), grid: timeGrid(4), firstRow },
        ...{ count, length: config.length, random: randomStream(2), decode: (ids: Int32Array) => ids.join('') },
      })(task.networks()['teacher']!.ema, 1);
    const all = await textsOf(4);
    expect([await textsOf(2), await textsOf(2, 2)]).toEqual([all.slice(0, 2), all.slice(2)]);
    task.dispose();
  });

  it('goes on from what each text is given, and tells it apart', async () => {
    const task = tinyTask(engine, 'teacher');
    const clamp = new Int32Array(2 * config.length).fill(-1);
    clamp.set([3, 1], config.length);
    const sample = textSampler({
      ...{ engine, family: tinyFamily(), denoiser: dit(config), sampler: ancestral(), grid: timeGrid(4), clamp },
      ...{ count: 2, length: config.length, random: randomStream(2), decode: (ids: Int32Array) => ids.join('') },
    });
    const [free, asked] = await sample(task.networks()['teacher']!.ema, 1);
    expect(Object.keys(free!)).toEqual(['text']);
    expect(asked).toMatchObject({ prompt: '31', completion: expect.stringMatching(/^[0-5]{6}$/) });
    expect(asked!.text).toBe(`31${asked!.completion}`);
    task.dispose();
  });
});
