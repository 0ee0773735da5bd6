import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { denoisers, freshParameters } from '@idlm/denoiser';
import { denoiserConformance } from '@idlm/denoiser/conformance';
import { loadModel } from '@idlm/denoiser/node';
import { inverseObjective } from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import { registerGatedConvolution } from '../../test/gated-convolution';
import { normalised } from '../../test/own-optimizer';
import { countingLoader, tinyFamily } from '../../test/tiny';
import { runFolder } from '../../test/run-folder';
import { bytesOf, trainIn } from '../../test/train';
import { lion } from '../optimizers/lion';
import { distillationTask } from '../tasks/distillation';
import { teacherTask } from '../tasks/teacher';
import type { Task } from '../tasks/task';

registerGatedConvolution();
const network = {
  type: 'gated-convolution',
  config: { vocabSize: 7, length: 8, timeConditioned: false, width: 6 },
};
const family = tinyFamily();
const model = { network, family: family.spec };
const runs = runFolder();
const { at } = runs;

const shared = () => ({ engine: runs.engine, loader: countingLoader(), random: randomStream(3) });
const optimizer = (method = normalised()) => ({ method, rate: () => 0.02, clip: 1, ema: { decay: 0.9 } });

const tasks: Readonly<Record<string, () => Task>> = {
  'a teacher with an optimizer of its own': () => {
    const parameters = freshParameters(network, randomStream(1));
    const denoiser = denoisers.create(network);
    const task = teacherTask({ ...shared(), family, denoiser, parameters, optimizer: optimizer() });
    tf.dispose(parameters);
    return task;
  },
  'a student with Lion and one of its own': () => {
    const teacher = freshParameters(network, randomStream(1));
    const objective = inverseObjective({ family, denoiser: denoisers.create(network) }, { reduction: 'mean' });
    const task = distillationTask({ ...shared(), objective, teacher, student: optimizer(lion()), fake: optimizer() });
    tf.dispose(teacher);
    return task;
  },
};

describe.each(Object.entries(tasks))('%s', (_, make) => {
  it('goes on bit for bit from a checkpoint', async () => {
    const [whole, first, second] = [make(), make(), make()];
    const run = (name: string, task: Task, updates: number, resume?: 'latest') =>
      trainIn(at(name), task, { model, resume, config: { updates, checkpointEvery: 2 } });
    await run('whole', whole, 5);
    await run('parts', first, 2);
    await run('parts', second, 5, 'latest');
    expect(await bytesOf(at('parts'), 5)).toEqual(await bytesOf(at('whole'), 5));
    [whole, first, second].forEach((task) => task.dispose());
  });

  it('is loaded from its folder, and gives the logits that it gave', async () => {
    const task = make();
    const { result } = await trainIn(at('run'), task, { model, config: { updates: 3 } });
    const loaded = await loadModel(result.checkpoint.path);
    expect(loaded).toMatchObject({ network, family: { name: 'mdlm' } });
    const ids = tf.tensor2d([[0, 1, 6, 3, 4, 6, 0, 1]], [1, 8], 'int32');
    const logits = (parameters: typeof loaded.parameters) =>
      tf.tidy(() =>
        denoisers
          .create(loaded.network)
          .apply(parameters, { ids }, tf.zeros([1]))
          .dataSync(),
      );
    expect(logits(loaded.parameters)).toEqual(logits(task.networks()[task.result]!.ema));
    const state = await readFile(join(result.checkpoint.path, 'state.json'), 'utf8');
    const names = Object.entries(task.optimizers).map(([role, { name }]) => [role, name]);
    expect(JSON.parse(state)).toMatchObject({ identity: { optimizers: Object.fromEntries(names) } });
    tf.dispose([ids, loaded.parameters] as never);
    task.dispose();
  });
});

it('learns', async () => {
  const task = tasks['a teacher with an optimizer of its own']!();
  const losses: number[] = [];
  for (let k = 0; k < 60; k++) losses.push((await task.update(k))['teacher/loss']!);
  const mean = (part: readonly number[]) => part.reduce((a, b) => a + b, 0) / part.length;
  expect(mean(losses.slice(-10))).toBeLessThan(0.8 * mean(losses.slice(0, 10)));
  task.dispose();
});

it.each(denoiserConformance(network).map(({ name, run }) => [name, run] as const))('its network %s', (_, run) => run());
