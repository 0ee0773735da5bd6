import type { Json } from '@idlm/core-diffusion';
import { tokenizerFiles } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import {
  type LogSink,
  type Metrics,
  type RunMode,
  type Task,
  type TrainEvent,
  type TrainResult,
  type TrainerConfig,
  createTrainer,
  openRunDirectory,
} from '@idlm/trainer';
import { originOfTrained } from '../jobs/making';
import { type Trained, identityOf } from '../jobs/run-manifest';
import { type Change, describeChange, settingsOf } from '../jobs/run-settings';
import { textSamples } from '../jobs/text-samples';
import type { Interrupts, TerminalReporter } from '../terminal';
import { type Continued, changesOf, manifestAt } from './run-changes';
import type { OpenTraining, Training } from './training';

/** Where and how a training runs. */
export interface RunPlace {
  readonly engine: Engine;
  /** Folder of the run. */
  readonly path: string;
  readonly mode: RunMode;
  /** The run that it goes on with. */
  readonly continued?: Continued;
  /** Where events go, beside the run's own logs. */
  readonly sinks?: readonly LogSink[];
  readonly reporter: TerminalReporter;
  readonly interrupts: Interrupts;
}

const brief = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .filter(([name]) => name.endsWith('/loss'))
    .map(([name, value]) => `${name.replaceAll('/', ' ')} ${value.toFixed(3)}`)
    .join(', ');

/** A task that tells of every update as soon as it is made; the logs tell of every tenth, which may be a minute. */
const telling = (task: Task, tell: (step: number, metrics: Metrics) => void): Task => ({
  ...task,
  async update(k) {
    const metrics = await task.update(k);
    tell(k + 1, metrics);
    return metrics;
  },
});

/** Tells of a run's events until it ends; `found` takes what the last look at held-out text found. */
async function follow(
  { label, updates, reporter }: Pick<Training, 'label' | 'updates'> & Pick<RunPlace, 'reporter'>,
  changes: readonly Change[],
  found: (metrics: Metrics) => void,
  events: AsyncGenerator<TrainEvent, TrainResult>,
): Promise<TrainResult> {
  for (let next = await events.next(); ; next = await events.next()) {
    if (next.done) return next.value;
    const event = next.value;
    if (event.kind === 'guard') found(event.metrics);
    else if (event.kind === 'warning') reporter.note(event.message);
    else if (event.kind === 'start') {
      if (event.resumed) {
        reporter.note(`Going on from update ${event.step}.`);
        changes.forEach((change) => reporter.note(`From update ${event.step} on: ${describeChange(change)}.`));
      }
      if (event.step < updates) reporter.progress(label, event.step, updates, 'making the first update');
    }
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
  const { engine, path, mode, continued, sinks = [], reporter, interrupts } = place;
  const { label, updates, family } = training;
  const trained: Trained = { ...training, engine, path, identity: open.identity };
  const changes = changesOf(place, continued);
  const directory = await openFolder(trained, changes, place);
  let held: Metrics = {};
  const task = telling(open.task, (step, metrics) => {
    interrupts.defer();
    reporter.progress(label, step, updates, brief({ ...metrics, ...held }));
  });
  try {
    const trainer = createTrainer({
      task,
      model: modelOf(training, open, trained),
      store: directory.checkpoints,
      sinks: [...directory.sinks, ...sinks],
      config: timesOf(training),
      identity: identityOf(trained),
      resume: mode === 'resume' ? 'latest' : undefined,
      // A network of no family writes from left to right, which runs do not show.
      sample: family ? textSamples({ ...training, engine }) : undefined,
      guard: await open.guard?.(reporter, interrupts.signal),
      signal: interrupts.signal,
      clock: () => performance.now(),
    });
    return await follow({ label, updates, reporter }, changes, (metrics) => (held = metrics), trainer.run());
  } finally {
    await directory.close();
  }
}

/** Runs a training to its end, or to an interrupt, in its run directory: metrics, event files, checkpoints, samples. */
export async function runTraining(training: Training, place: RunPlace): Promise<TrainResult> {
  const open = await training.open(place.engine);
  try {
    return await runOpen(training, open, place).catch((error: unknown) => {
      if (open.explain) return open.explain(error);
      throw error;
    });
  } finally {
    open.dispose();
  }
}
