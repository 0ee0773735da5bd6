import { join } from 'node:path';
import type { Json } from '@idlm/core-diffusion';
import { tokenizerFiles } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import {
  type Metrics,
  type RunMode,
  type Task,
  type TrainEvent,
  type TrainResult,
  type TrainerConfig,
  createTrainer,
  openRunDirectory,
} from '@idlm/trainer';
import type { LabelledTrainingEvent, OnEvent, TrainingEvent } from '../events';
import { originOfTrained } from '../records/origin';
import { type Trained, identityOf } from '../records/run-manifest';
import { type Change, settingsOf } from '../records/run-settings';
import { TRAINING_TIME, trainingTimeFile } from '../records/training-time';
import { type Continued, changesOf, manifestAt } from './run-changes';
import { textSamples } from './text-samples';
import type { OpenTraining, Training } from './training';

/** Where and how a training runs. */
export interface RunPlace {
  readonly engine: Engine;
  /** Folder of the run. */
  readonly path: string;
  readonly mode: RunMode;
  /** The run that it goes on with. */
  readonly continued?: Continued;
  readonly onEvent?: OnEvent<LabelledTrainingEvent>;
  /** When aborted, the run ends after the update under way and saves. */
  readonly signal?: AbortSignal;
}

/** A task that tells of every update as soon as it is made; the logs tell of every tenth, which may be a minute. */
const telling = (task: Task, tell: (step: number, metrics: Metrics) => void): Task => ({
  ...task,
  async update(k) {
    const metrics = await task.update(k);
    tell(k + 1, metrics);
    return metrics;
  },
});

/** Tells of a run's events until it ends. */
async function follow(
  events: AsyncGenerator<TrainEvent, TrainResult>,
  changes: readonly Change[],
  tell: OnEvent<TrainingEvent>,
): Promise<TrainResult> {
  for (let next = await events.next(); ; next = await events.next()) {
    if (next.done) return next.value;
    const event = next.value;
    tell(event.kind === 'start' ? { ...event, changes } : event);
  }
}

/** The model of a run's checkpoints. */
const modelOf = ({ family, network, corpus }: Training, { files }: OpenTraining, trained: Trained) => ({
  ...{ family, network },
  origin: originOfTrained(trained),
  files: { ...tokenizerFiles(corpus.tokenizer, network.config), ...files },
});

/** How often things happen in a run, as configured. */
const timesOf = ({ config: { logs, checkpoints }, updates }: Training): TrainerConfig => ({
  updates,
  logEvery: logs.every,
  checkpointEvery: checkpoints.every,
  sampleEvery: logs.samplesEvery ?? undefined,
  keep: { last: checkpoints.keep },
});

/** The run's folder, with what it tells of the run. */
function openFolder(trained: Trained, changes: readonly Change[], { mode, continued }: RunPlace) {
  const { path, role, config } = trained;
  return openRunDirectory({
    ...{ path, mode, role },
    config: settingsOf(config, role),
    manifest: (step) => manifestAt(trained, { records: continued?.records, changes }, step) as unknown as Json,
    clock: Date.now,
  });
}

async function runOpen(training: Training, open: OpenTraining, place: RunPlace): Promise<TrainResult> {
  const { engine, path, mode, continued, signal } = place;
  const { updates, family } = training;
  const trained: Trained = { ...training, engine, path, identity: open.identity };
  const changes = changesOf(place, continued);
  const directory = await openFolder(trained, changes, place);
  const tell: OnEvent<TrainingEvent> = (event) => place.onEvent?.({ ...event, label: training.label });
  const clock = () => performance.now();
  const task = telling(open.task, (step, metrics) => tell({ kind: 'update', step, updates, metrics }));
  try {
    const trainer = createTrainer({
      task,
      model: modelOf(training, open, trained),
      store: directory.checkpoints,
      sinks: [...directory.sinks, trainingTimeFile(join(path, TRAINING_TIME), clock)],
      config: timesOf(training),
      identity: identityOf(trained),
      resume: mode === 'resume' ? 'latest' : undefined,
      // A network of no family writes from left to right, which runs do not show.
      sample: family ? textSamples({ ...training, engine }) : undefined,
      guard: await open.guard?.(tell, signal),
      signal,
      clock,
    });
    return await follow(trainer.run(), changes, tell);
  } finally {
    await directory.close();
  }
}

/** Runs a training to its end, or to an interrupt, in its run directory: metrics, event files, checkpoints, samples. */
export async function runTraining(training: Training, place: RunPlace): Promise<TrainResult> {
  const open = await training.open(place.engine);
  try {
    const result = await runOpen(training, open, place).catch((error: unknown) => {
      if (open.explain) return open.explain(error);
      throw error;
    });
    place.onEvent?.({ kind: 'end', result, label: training.label });
    return result;
  } finally {
    open.dispose();
  }
}
