import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { InputError, type Parameters } from '@idlm/core-diffusion';
import { type Identity, type ModelInfo, restoreSnapshot, snapshotFiles } from '../checkpoints/snapshot';
import type { CheckpointRef, CheckpointStore, Keep } from '../checkpoints/store';
import type { LogSink, TrainEvent } from '../logs/events';
import { NonFiniteStep } from '../steps/training-step';
import type { Task } from '../tasks/task';

/** How often things happen, in updates. */
export interface TrainerConfig {
  /** Updates in all. */
  readonly updates: number;
  /** A line of metrics every so many (default 1). */
  readonly logEvery?: number;
  /** A checkpoint every so many, and at the end (default: at the end only). */
  readonly checkpointEvery?: number;
  /** Samples every so many (default: never). */
  readonly sampleEvery?: number;
  /** Which checkpoints stay (default: the last 3). */
  readonly keep?: Keep;
}

/** What a run is made from. */
export interface TrainerOptions {
  readonly task: Task;
  readonly model: ModelInfo;
  readonly store: CheckpointStore;
  readonly config: TrainerConfig;
  /** What a resumed run must have in common with its checkpoint: seed, hashes, settings of the optimizer. */
  readonly identity?: Identity;
  /** Go on from a checkpoint of the store: the last, or that of a step. */
  readonly resume?: 'latest' | { readonly step: number };
  readonly sinks?: readonly LogSink[];
  /** Texts from the result's average after `step` updates. */
  readonly sample?: (parameters: Parameters, step: number, signal?: AbortSignal) => Promise<readonly string[]>;
  /** When aborted, the run ends after the update under way and saves. */
  readonly signal?: AbortSignal;
  /** Milliseconds from any moment on; for speed. */
  readonly clock: () => number;
}

/** How a run ended. */
export interface TrainResult {
  /** Updates made in all. */
  readonly step: number;
  /** Ended by the signal, before its last update. */
  readonly interrupted: boolean;
  /** The state at the end. */
  readonly checkpoint: CheckpointRef;
}

/** A run over one task. The task stays the caller's. */
export interface Trainer {
  /**
   * Trains to the end, yielding what happens. Every step is a pure function of the state and its number, so a resumed run
   * is bit for bit an unbroken one.
   * @throws InputError for a checkpoint of something else, a step whose loss or gradient is not finite, or a full disk
   */
  run(): AsyncGenerator<TrainEvent, TrainResult>;
  /** Saves the state between two updates. */
  snapshot(): Promise<CheckpointRef>;
}

const isDue = (step: number, every: number | undefined): boolean => !!every && step % every === 0;

/** Steps per second as tokens per second, since the last time it was asked. */
function speedometer(clock: () => number, tokensPerUpdate: number) {
  let [time, at] = [clock(), 0];
  return {
    start(step: number): void {
      [time, at] = [clock(), step];
    },
    read(step: number): number {
      const now = clock();
      const speed = ((step - at) * tokensPerUpdate) / Math.max(1e-3, (now - time) / 1000);
      [time, at] = [now, step];
      return speed;
    },
  };
}

/** The checkpoint to go on from, with a sentence for each that was passed over. */
async function chooseCheckpoint(
  store: CheckpointStore,
  resume: TrainerOptions['resume'],
): Promise<{ readonly checkpoint?: CheckpointRef; readonly skipped: readonly string[] }> {
  if (!resume) return { skipped: [] };
  if (resume !== 'latest') return { checkpoint: await store.find(resume.step), skipped: [] };
  const found = await store.latest();
  if (!found.checkpoint && found.skipped.length)
    throw new InputError(`No checkpoint can be resumed. ${found.skipped.join(' ')}`);
  return found;
}

/** The one loop that runs any task. */
export function createTrainer(options: TrainerOptions): Trainer {
  const { task, model, store, config, identity = {}, sinks = [], sample, signal, clock } = options;
  let step = 0;
  let saved: CheckpointRef | undefined;
  let failed = false;
  const toSinks = (each: (sink: LogSink) => Promise<void>) => Promise.all(sinks.map(each));
  const lastGood = () => `the last good checkpoint is ${saved?.path ?? 'none'}`;
  const tell = async (event: TrainEvent): Promise<TrainEvent> => {
    try {
      await toSinks((sink) => sink.write(event));
    } catch (error) {
      throw new InputError(
        `The log of step ${step} could not be written (${(error as Error).message}); ${lastGood()}. Mend that and resume.`,
        { cause: error },
      );
    }
    return event;
  };
  const warn = (message: string) => tell({ kind: 'warning', step, message });

  const snapshot = async (): Promise<CheckpointRef> => {
    if (failed) throw new InputError(`The run failed after step ${step}; ${lastGood()}.`);
    await toSinks((sink) => sink.flush());
    saved = await store.save(step, snapshotFiles(task, step, model, identity));
    return saved;
  };

  const update = async () => {
    try {
      return await task.update(step);
    } catch (error) {
      failed = true;
      if (!(error instanceof NonFiniteStep)) throw error;
      throw new InputError(
        `Update ${step + 1} was refused: ${error.message}. Its weights are as before; ${lastGood()}. Lower the learning rate or clip the gradient, and resume.`,
        { cause: error },
      );
    }
  };

  async function* save(): AsyncGenerator<TrainEvent> {
    const checkpoint = await snapshot();
    yield tell({ kind: 'checkpoint', step, checkpoint });
    for (const message of await store.prune(config.keep ?? { last: 3 })) yield warn(message);
  }

  async function* begin(): AsyncGenerator<TrainEvent> {
    const { checkpoint, skipped } = await chooseCheckpoint(store, options.resume);
    if (checkpoint) {
      const read = (name: string) => store.read(checkpoint, name);
      step = await restoreSnapshot(task, model, identity, read, `The checkpoint ${checkpoint.path}`);
      saved = checkpoint;
    }
    await toSinks((sink) => sink.start(step));
    yield tell({ kind: 'start', step, updates: config.updates, ...(checkpoint ? { resumed: checkpoint } : {}) });
    for (const message of skipped) yield warn(message);
    if (options.resume && !checkpoint) yield warn('There is no checkpoint yet; the run begins anew.');
  }

  /** Texts of the present average; none when the signal ends the run meanwhile. */
  async function drawSamples(): Promise<readonly string[] | undefined> {
    try {
      return await sample?.(task.networks()[task.result]!.ema, step, signal);
    } catch (error) {
      if (signal?.aborted) return undefined;
      throw error;
    }
  }

  async function* updates(): AsyncGenerator<TrainEvent> {
    const speed = speedometer(clock, task.tokensPerUpdate);
    speed.start(step);
    while (step < config.updates && !signal?.aborted) {
      const metrics = await update();
      step++;
      if (isDue(step, config.logEvery ?? 1))
        yield tell({ kind: 'metrics', step, metrics, tokensPerSecond: speed.read(step) });
      const texts = isDue(step, config.sampleEvery) ? await drawSamples() : undefined;
      if (texts) yield tell({ kind: 'samples', step, texts });
      if (isDue(step, config.checkpointEvery)) yield* save();
      // Updates may run without a pause on the engine; signals and timers need one.
      await turnOfEventLoop();
    }
  }

  async function* run(): AsyncGenerator<TrainEvent, TrainResult> {
    try {
      yield* begin();
      yield* updates();
      if (saved?.step !== step) yield* save();
      return { step, interrupted: step < config.updates, checkpoint: saved! };
    } finally {
      await toSinks((sink) => sink.close());
    }
  }
  return { run, snapshot };
}
