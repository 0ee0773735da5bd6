// What a checkpoint costs a run that writes it beside updates: how long the next update waits for it, and how much longer updates take
// while it is written, as shares of an update without one.
//   npm run bench:saving [-- --size large|middle] [--saves 6] [--every 16] [--engine native]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mdlm, randomStream } from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { dit, initialParameters } from '@idlm/denoiser';
import { openEngine } from '@idlm/engine';
import {
  type CheckpointStore,
  type Task,
  createTrainer,
  diskCheckpointStore,
  learningRate,
  teacherTask,
} from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { median } from './median';
import { networkOf } from './sizes';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'large' },
    saves: { type: 'string', default: '6' },
    every: { type: 'string', default: '16' },
    engine: { type: 'string', default: 'native' },
  },
});
const [saves, every] = [Number(options.saves), Number(options.every)];
/** Updates before the first that counts: kernels are compiled in them. */
const WARM = 2;

const engine = await openEngine({ prefer: options.engine as 'native' });
const { vocab, ...sizes } = networkOf(options.size);
const config = { ...sizes, vocabSize: vocab, timeConditioned: false };
const random = randomStream(1);
const family = mdlm({ vocabSize: vocab, maskId: vocab - 1 });
const parameters = initialParameters(config, random);
const loader = windowLoader({ tokens: random.integers(20_000, vocab - 1), length: sizes.length, batch: 1, random });
const task = teacherTask({
  ...{ engine, loader, random, family, denoiser: dit(config), parameters },
  optimizer: { rate: learningRate({ rate: 1e-6 }), clip: 1, ema: { decay: 0.9999 } },
});
tf.dispose(parameters);

/** When each update began and ended, in milliseconds. */
const updates: { readonly from: number; to: number }[] = [];
const timed: Task = {
  ...task,
  async update(...given) {
    const update = { from: performance.now(), to: Infinity };
    updates.push(update);
    try {
      return await task.update(...given);
    } finally {
      update.to = performance.now();
    }
  },
};

const folder = await mkdtemp(join(tmpdir(), 'saving-'));
/** When each checkpoint was on the disk, by its step. */
const written = new Map<number, number>();
try {
  const store = diskCheckpointStore(folder);
  const saveInThread: CheckpointStore['save'] = async (step, files) => {
    const checkpoint = await store.saveInThread!(step, files);
    written.set(step, performance.now());
    return checkpoint;
  };
  const trainer = createTrainer({
    task: timed,
    model: { family: { name: 'mdlm' }, network: { type: 'dit', config } },
    store: { ...store, saveInThread },
    clock: Date.now,
    config: { updates: (saves + 1) * every, checkpointEvery: every, besideFrom: 0 },
  });
  for await (const event of trainer.run()) void event;
} finally {
  await rm(folder, { recursive: true });
}

const steps = Array.from({ length: saves }, (_, i) => (i + 1) * every);
const length = ({ from, to }: { readonly from: number; readonly to: number }) => to - from;
/** Between the end of update `step` and the beginning of the next. */
const waitBehind = (step: number) => updates[step]!.from - updates[step - 1]!.to;
const isBeside = ({ from }: { readonly from: number }) =>
  steps.some((step) => from >= updates[step - 1]!.to && from < written.get(step)!);
const counted = updates.slice(WARM, steps.at(-1)! + every);
const [beside, alone] = [counted.filter(isBeside), counted.filter((one) => !isBeside(one))];
const plain = counted.map((_, i) => WARM + 1 + i).filter((step) => !steps.includes(step) && step < updates.length);
const update = median(alone.map(length));
const wait = median(steps.map(waitBehind)) - median(plain.map(waitBehind));
const share = (milliseconds: number) => `${((100 * milliseconds) / update).toFixed(1)} %`;
console.log(
  [
    '| size | update alone | wait for a save | longest wait | update beside a save |',
    '| --- | --- | --- | --- | --- |',
    `| ${options.size} | ${update.toFixed(0)} ms | ${share(wait)} | ${share(Math.max(...steps.map(waitBehind)))} | ${share(median(beside.map(length)) - update)} longer (${beside.length} of ${counted.length}) |`,
  ].join('\n'),
);
process.exit();
