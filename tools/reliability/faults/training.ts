import { mdlm, randomStream } from '@idlm/core-diffusion';
import { dit, initialParameters } from '@idlm/denoiser';
import { type Engine, openEngine } from '@idlm/engine';
import {
  type Task,
  type TrainEvent,
  type TrainResult,
  createTrainer,
  learningRate,
  openRunDirectory,
  teacherTask,
} from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';

/** How a training on which faults are tried is run. */
export interface TrialRun {
  readonly path: string;
  readonly mode: 'new' | 'resume';
  /** Updates in all. */
  readonly updates: number;
  /** Updates between two checkpoints (default 1). */
  readonly every?: number;
  /** Whether checkpoints are written beside updates, by a thread. */
  readonly isBeside?: boolean;
  /** Milliseconds since 1970, for event files. */
  readonly clock?: () => number;
  readonly signal?: AbortSignal;
}

const config = { hidden: 16, blocks: 1, heads: 2, cond: 4, vocabSize: 7, length: 8, timeConditioned: false };
const family = mdlm({ vocabSize: config.vocabSize, maskId: config.vocabSize - 1 });
const denoiser = dit(config);

/** Rows that count upwards from a drawn start. */
const loader = {
  batch: 4,
  length: config.length,
  at(k: number) {
    const starts = randomStream(7).split(k).integers(4, 6);
    const ids = Int32Array.from(
      { length: 4 * config.length },
      (_, i) => (starts[Math.floor(i / config.length)]! + i) % 6,
    );
    return { ids, batch: 4, length: config.length };
  },
};

function task(engine: Engine): Task {
  const random = randomStream(1);
  const parameters = initialParameters(config, random);
  const optimizer = { rate: learningRate({ rate: 2e-3 }), clip: 1, ema: { decay: 0.9 } };
  const made = teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer });
  tf.dispose(parameters);
  return made;
}

let opened: Promise<Engine> | undefined;

/** A training of a few thousand weights in a run directory, with every sink of a real one. */
export async function train(
  { path, mode, updates, every = 1, isBeside = false, clock = Date.now, signal }: TrialRun,
  onEvent: (event: TrainEvent) => void = () => {},
): Promise<TrainResult> {
  const engine = await (opened ??= openEngine({ prefer: 'cpu' }));
  const run = await openRunDirectory({ path, mode, config: {}, manifest: {}, clock });
  const made = task(engine);
  try {
    const trainer = createTrainer({
      task: made,
      model: { network: denoiser.describe(), family: family.spec },
      store: run.checkpoints,
      sinks: run.sinks,
      config: { updates, checkpointEvery: every, keep: { last: 2 }, besideFrom: isBeside ? 0 : Infinity },
      resume: mode === 'resume' ? 'latest' : undefined,
      signal,
      clock: () => performance.now(),
    });
    const events = trainer.run();
    for (let next = await events.next(); ; next = await events.next()) {
      if (next.done) return next.value;
      onEvent(next.value);
    }
  } finally {
    made.dispose();
    await run.close();
  }
}
