// Our side of the benchmarks: the steps of `trainer` and `samplers`, driven line by line like the PyTorch script.
import { createInterface } from 'node:readline';
import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { type EngineName, type EngineOptions, openEngine } from '@idlm/engine';
import { inverseObjective } from '@idlm/idlm-loss';
import { ancestralCached, sampleAll } from '@idlm/samplers';
import { distillationTask, learningRate, teacherTask } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Job, Sizes } from './protocol';

interface Setup extends Sizes {
  readonly engine: EngineName;
  readonly compile?: EngineOptions['compile'];
}

type Jobs = Partial<Record<Job, () => Promise<unknown>>>;

async function prepare(setup: Setup): Promise<Jobs> {
  const { vocab, length, hidden, blocks, heads, cond, batch, steps, threads, jobs } = setup;
  const engine = await openEngine({ prefer: setup.engine, compile: setup.compile, threads });
  const network = { hidden, blocks, heads, cond, vocabSize: vocab, length, timeConditioned: false };
  const [family, denoiser, random] = [mdlm({ vocabSize: vocab, maskId: vocab - 1 }), dit(network), randomStream(1)];
  const parameters = initialParameters(network, random);
  const loader = windowLoader({ tokens: random.integers(100_000, vocab - 1), length, batch, random });
  const optimizer = { rate: learningRate({ rate: 1e-4 }), clip: 1, ema: { decay: 0.999 } };
  const denoise = hostDenoiser({ denoiser, parameters, schedule: family.schedule, compile: engine.compile });
  const environment = { denoise, family, timeConditioned: false, random };
  const made: Jobs = {};
  if (jobs.includes('teacher')) {
    const task = teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer });
    let update = 0;
    made.teacher = () => task.update(update++);
  }
  if (jobs.includes('idlm')) {
    const objective = inverseObjective({ family, denoiser });
    const task = distillationTask({
      ...{ engine, objective, teacher: parameters, loader, random },
      ...{ student: optimizer, fake: optimizer },
    });
    let update = 0;
    made.idlm = () => task.update(update++);
  }
  if (jobs.includes('sample')) {
    made.sample = () => sampleAll({ sampler: ancestralCached(), environment, batch, length, grid: timeGrid(steps) });
  }
  if (jobs.includes('forward')) made.forward = forwardOf(engine, denoiser, parameters, setup);
  return made;
}

/** A forward pass whose logits stay on the device; one number is read, to wait for it. */
function forwardOf(
  engine: Awaited<ReturnType<typeof openEngine>>,
  denoiser: ReturnType<typeof dit>,
  parameters: ReturnType<typeof initialParameters>,
  { vocab, length, batch }: Setup,
) {
  const names = Object.keys(parameters);
  const apply = engine.compile(([ids, sigma, ...weights]) => [
    denoiser.apply(Object.fromEntries(names.map((name, i) => [name, weights[i]!])), { ids: ids! }, sigma!),
  ]);
  const random = randomStream(2);
  return async () => {
    const inputs = [tf.tensor2d(random.integers(batch * length, vocab), [batch, length], 'int32'), tf.zeros([batch])];
    const [logits] = apply([...inputs, ...names.map((name) => parameters[name]!)]);
    const first = tf.tidy(() => tf.slice(tf.reshape(logits!, [-1]), 0, 1));
    await first.data();
    tf.dispose([...inputs, logits!, first]);
  };
}

/** 10⁹ operations per second of processor time in products of 1024 × 1024 matrices. */
function productRate(): number {
  const [size, count] = [1024, 10];
  return tf.tidy(() => {
    const [a, b] = [tf.fill([size, size], 0.5), tf.fill([size, size], 0.25)];
    const multiply = () => tf.matMul(a, b).dispose();
    multiply();
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) multiply();
    const { user, system } = process.cpuUsage(before);
    return (count * 2 * size ** 3) / (user + system) / 1000;
  });
}

let jobs: Jobs = {};
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { readonly setup?: Setup; readonly run?: Job };
  if (request.setup) {
    jobs = await prepare(request.setup);
    console.log(JSON.stringify({ ready: true, gigaflops: productRate() }));
    continue;
  }
  const [started, before] = [performance.now(), process.cpuUsage()];
  await jobs[request.run!]!();
  const [ms, { user, system }] = [performance.now() - started, process.cpuUsage(before)];
  console.log(
    JSON.stringify({
      ms,
      cpu: (user + system) / 1000,
      rss: process.resourceUsage().maxRSS * 1024,
      tensors: tf.memory().numTensors,
    }),
  );
}
