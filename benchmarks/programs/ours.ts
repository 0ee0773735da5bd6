// Our side of the benchmarks: the steps of `trainer` and `samplers`, driven line by line like the PyTorch script; by a socket where
// BENCHMARK_SOCKET names one, since a launcher of ranks hands its input to the first alone.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import { type EngineName, type EngineOptions, openEngine } from '@idlm/engine';
import { inverseObjective } from '@idlm/idlm-loss';
import { openRanks } from '@idlm/mpi';
import { ancestralCached, sampleAll } from '@idlm/samplers';
import { distillationTask, learningRate, teacherTask } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Job, Sizes } from './protocol';

interface Setup extends Sizes {
  readonly engine: EngineName;
  readonly compile?: EngineOptions['compile'];
}

/** Jobs by name; `sample` gives its calls of the network. */
type Jobs = Partial<Record<Job, () => Promise<{ readonly networkCalls?: number } | void>>>;

async function prepare(setup: Setup, ranks: Communicator): Promise<Jobs> {
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
    // A batch for each rank.
    const shared = { ranks, accumulate: ranks.size };
    const task = teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer, ...shared });
    let update = 0;
    made.teacher = async () => void (await task.update(update++));
  }
  if (jobs.includes('idlm')) {
    const objective = inverseObjective({ family, denoiser });
    const task = distillationTask({
      ...{ engine, objective, teacher: parameters, loader, random },
      ...{ student: optimizer, fake: optimizer },
    });
    let update = 0;
    made.idlm = async () => void (await task.update(update++));
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

/** Sums over ranks since they were asked for last: calls, bytes, and milliseconds of waiting and adding. */
interface Sums {
  calls: number;
  bytes: number;
  ms: number;
}

/** Ranks whose sums are counted. */
function counted(ranks: Communicator): { readonly ranks: Communicator; taken(): Sums } {
  const none = (): Sums => ({ calls: 0, bytes: 0, ms: 0 });
  let sums = none();
  const sum: Communicator['sum'] = async (values, wire) => {
    const began = performance.now();
    await ranks.sum(values, wire);
    sums = { calls: sums.calls + 1, bytes: sums.bytes + values.byteLength, ms: sums.ms + performance.now() - began };
  };
  const taken = () => {
    const found = sums;
    sums = none();
    return found;
  };
  return { ranks: { ...ranks, sum }, taken };
}

/** Adds so many numbers over all ranks. @returns the milliseconds of each of some sums */
async function timedSums(ranks: Communicator, { count, times }: { readonly count: number; readonly times: number }) {
  const numbers = new Float32Array(count);
  const milliseconds: number[] = [];
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    await ranks.sum(numbers);
    milliseconds.push(performance.now() - began);
  }
  return milliseconds;
}

/** What is asked, a line at a time. */
interface Request {
  readonly setup?: Setup;
  readonly run?: Job;
  /** Sums over ranks to time. */
  readonly sum?: { readonly count: number; readonly times: number };
}

const path = process.env['BENCHMARK_SOCKET'];
const socket = path === undefined ? undefined : connect(path);
const answer = (said: object) => void (socket ?? process.stdout).write(`${JSON.stringify(said)}\n`);

const { ranks, taken } = counted((await openRanks()) ?? oneRank);
if (socket) answer({ rank: ranks.rank });
let jobs: Jobs = {};
for await (const line of createInterface({ input: socket ?? process.stdin })) {
  const request = JSON.parse(line) as Request;
  if (request.setup) {
    jobs = await prepare(request.setup, ranks);
    answer({ ready: true, gigaflops: productRate() });
    continue;
  }
  if (request.sum) {
    answer({ milliseconds: await timedSums(ranks, request.sum) });
    continue;
  }
  taken();
  const [started, before] = [performance.now(), process.cpuUsage()];
  const calls = (await jobs[request.run!]!())?.networkCalls;
  const [ms, { user, system }] = [performance.now() - started, process.cpuUsage(before)];
  answer({
    ms,
    cpu: (user + system) / 1000,
    rss: process.resourceUsage().maxRSS * 1024,
    calls,
    tensors: tf.memory().numTensors,
    sums: taken(),
  });
}
await (await openRanks())?.leave(0);
