import { join } from 'node:path';
import type { Json } from '@idlm/core-diffusion';
import { type Communicator, oneRank, together } from '@idlm/core-diffusion/ranks';
import { tokenizerFiles } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import {
  type CheckpointStore,
  HEALTH,
  type HealthOptions,
  type Metrics,
  type RunDirectory,
  type RunLimits,
  type RunMode,
  type Task,
  type TrainResult,
  type TrainerConfig,
  createTrainer,
  memoryCheckpointStore,
  openRunDirectory,
  storeOfRanks,
  watchdog,
} from '@idlm/trainer';
import type { LabelledTrainingEvent, OnEvent, TrainingEvent } from '../events';
import { originOfTrained } from '../records/origin';
import { type Trained, environmentOf, identityOf, manifestOf } from '../records/run-manifest';
import type { RunManifest } from '../records/run-records';
import { type SettingChange, settingsOf } from '../records/run-settings';
import { requireSameOnRanks } from '../records/same-on-ranks';
import { TRAINING_TIME, trainingTimeFile } from '../records/training-time';
import { follow } from './follow';
import { type Continued, changesOf, manifestAt } from './run-changes';
import { textSamples } from './text-samples';
import type { OpenTraining, Training } from './training';

/** Where and how a training runs. */
export interface RunPlace {
  readonly engine: Engine;
  /** Folder of the run; or where its checkpoints are, of a run that leaves no folder. */
  readonly path: string | CheckpointStore;
  readonly mode: RunMode;
  /** The run that it goes on with. */
  readonly continued?: Continued;
  readonly onEvent?: OnEvent<LabelledTrainingEvent>;
  /** When aborted, the run ends after the update under way and saves. */
  readonly signal?: AbortSignal;
  /** Processes that make this run together (default: this one alone); rank 0 writes. */
  readonly ranks?: Communicator;
}

/** A task that tells of every update as soon as it is made; the logs tell of every tenth, which may be a minute. */
const telling = (task: Task, tell: (step: number, metrics: Metrics) => void): Task => ({
  ...task,
  async update(k, refuse, measured) {
    const metrics = await task.update(k, refuse, measured);
    tell(k + 1, metrics);
    return metrics;
  },
});

/** The model of a run's checkpoints. */
const modelOf = ({ family, network, recipe: { corpus } }: Training, { files }: OpenTraining, trained: Trained) => ({
  ...{ family, network },
  origin: originOfTrained(trained),
  files: { ...tokenizerFiles(corpus.tokenizer, network.config), ...files },
});

/** How often things happen in a run, as configured. */
const timesOf = ({ recipe: { config }, updates }: Training): TrainerConfig => ({
  updates,
  logEvery: config.logs.every,
  checkpointEvery: config.checkpoints.every,
  sampleEvery: config.logs.samplesEvery ?? undefined,
  keep: { last: config.checkpoints.keep },
  keepBest: config.checkpoints.keepBest,
});

/** How updates are watched, as configured; undefined where the first that is not finite ends the run. */
const healthOf = ({ recipe: { config } }: Training): HealthOptions | undefined => {
  const { skip, spike, patience, rollbacks } = config.health;
  return skip ? { ...HEALTH, spike, patience, rollbacks } : undefined;
};

/** What the run may take, as configured. */
const limitsOf = ({ recipe: { config } }: Training): RunLimits => {
  const { hours, gigabytes } = config.health;
  return {
    ...(hours === null ? {} : { milliseconds: hours * 3.6e6 }),
    ...(gigabytes === null ? {} : { bytes: gigabytes * 1e9 }),
  };
};

/** Milliseconds of this process, for speed and spans of time. */
const clock = (): number => performance.now();

/** How a run ended, and what it tells of itself. */
export interface RunResult extends TrainResult {
  readonly manifest: RunManifest;
}

/** Where another rank than the first writes: nowhere. */
const nowhere = (): Omit<RunDirectory, 'path'> => ({
  checkpoints: memoryCheckpointStore(),
  sinks: [],
  close: async () => {},
});

/** Where a run writes: its folder with what it tells of itself, or checkpoints alone. */
async function openPlace(
  trained: Trained,
  changes: readonly SettingChange[],
  { path, mode, continued }: RunPlace,
): Promise<Omit<RunDirectory, 'path'>> {
  if (typeof path !== 'string') return { checkpoints: path, sinks: [], close: async () => {} };
  const { role, config } = trained;
  const directory = await openRunDirectory({
    ...{ path, mode, role },
    config: settingsOf(config, role),
    manifest: (step) => manifestAt(trained, { records: continued?.records, changes }, step) as unknown as Json,
    clock: Date.now,
  });
  return { ...directory, sinks: [...directory.sinks, trainingTimeFile(join(path, TRAINING_TIME), clock)] };
}

/** What a training is told by; a run without a folder names files as they are seen from here. */
const trainedBy = (
  { role, recipe: { config, corpus }, notes }: Training,
  { identity }: OpenTraining,
  { engine, path }: RunPlace,
): Trained => ({ role, config, corpus, notes, engine, identity, path: typeof path === 'string' ? path : '.' });

/** What all ranks of a run must share. */
const sharedFacts = (trained: Trained, mode: RunMode): Readonly<Record<string, Json>> => {
  const { engine, versions } = environmentOf(trained);
  const hashes = { ...identityOf(trained), computed: engine.version, idlm: versions.idlm };
  return { role: trained.role, mode, ...settingsOf(trained.config, trained.role), hashes };
};

async function runOpen(training: Training, open: OpenTraining, place: RunPlace): Promise<RunResult> {
  const { engine, mode, continued, signal, ranks = oneRank } = place;
  const isFirst = ranks.rank === 0;
  const { updates, family, recipe } = training;
  const trained = trainedBy(training, open, place);
  await requireSameOnRanks(ranks, sharedFacts(trained, mode));
  const changes = changesOf(place, continued);
  const directory = await together(ranks, async () => (isFirst ? openPlace(trained, changes, place) : nowhere()));
  const tell: OnEvent<TrainingEvent> = (event) => place.onEvent?.({ ...event, label: training.label });
  const { stallMinutes } = recipe.config.health;
  const watch =
    stallMinutes === null ? undefined : watchdog(stallMinutes * 60_000, ranks.size === 1 ? undefined : ranks.rank);
  const task = telling(open.task, (step, metrics) => {
    watch?.beat();
    tell({ kind: 'update', step, updates, metrics });
  });
  try {
    const trainer = createTrainer({
      task,
      model: modelOf(training, open, trained),
      store: storeOfRanks(ranks, directory.checkpoints),
      ranks,
      sinks: directory.sinks,
      config: timesOf(training),
      identity: identityOf(trained),
      resume: mode === 'resume' ? 'latest' : undefined,
      // A network of no family writes from left to right, which runs do not show.
      sample: family ? textSamples({ ...recipe, engine, ranks }) : undefined,
      guard: await open.guard?.(tell, ranks.size === 1 ? signal : undefined),
      health: healthOf(training),
      limits: limitsOf(training),
      signal,
      clock,
    });
    return { ...(await follow(trainer.run(), changes, tell)), manifest: manifestOf(trained) };
  } finally {
    watch?.end();
    await directory.close();
  }
}

/** Runs a training to its end, or to an interrupt, in its run directory: metrics, event files, checkpoints, samples. */
export async function runTraining(training: Training, place: RunPlace): Promise<RunResult> {
  const { ranks = oneRank } = place;
  const open = await together(ranks, () => training.open(place.engine, ranks));
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

/**
 * Holds up whoever goes on with the model of a run: one that a signal or a limit of `health` has ended is not made yet.
 * @throws the signal's reason; AbortError for a run that a limit ended
 */
export function requireMade({ interrupted, step }: TrainResult, signal?: AbortSignal): void {
  if (!interrupted) return;
  signal?.throwIfAborted();
  throw new DOMException(`The run was ended by its limit after update ${step}, and can be gone on with.`, 'AbortError');
}
