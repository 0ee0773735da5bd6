import type { Json, NetworkDescription, Spec } from '@idlm/core-diffusion';
import { tokenizerFiles } from '@idlm/data';
import {
  type Guard,
  type Metrics,
  type RunMode,
  type Task,
  type TrainEvent,
  type TrainResult,
  createTrainer,
  openRunDirectory,
} from '@idlm/trainer';
import { originOfTrained } from '../jobs/making';
import { type Trained, identityOf } from '../jobs/run-manifest';
import { type Change, describeChange, settingsOf } from '../jobs/run-settings';
import { textSamples } from '../jobs/text-samples';
import type { Interrupts, TerminalReporter } from '../terminal';
import type { Resumed } from './resume';
import { changesOf, manifestAt } from './run-manifest';

/** A task to run in a run directory. */
export interface RunRequest extends Trained {
  readonly task: Task;
  readonly updates: number;
  readonly label: string;
  /** The family of the checkpoints with its options; undefined for networks that belong to none. */
  readonly family: Spec | undefined;
  readonly network: NetworkDescription;
  /** Further files of the checkpoints, beside those of the tokenizer. */
  readonly files?: Readonly<Record<string, string>>;
  readonly mode: RunMode;
  /** The run that it goes on with. */
  readonly resumed?: Resumed;
  /** Makes what keeps the last good result and may end the run: it takes its time, so only once the run may begin. */
  readonly guard?: () => Promise<Guard | undefined>;
  /** False: nothing can be sampled (a scorer). */
  readonly samples: boolean;
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
  { label, updates, reporter }: RunRequest,
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

/** Runs a task to its end, or to an interrupt, in its run directory: metrics, event files, checkpoints, samples. */
export async function runTask(request: RunRequest): Promise<TrainResult> {
  const { task, updates, family, config, corpus, network, path, role, mode, reporter, interrupts } = request;
  const changes = changesOf(request);
  const directory = await openRunDirectory({
    path,
    mode,
    role,
    config: settingsOf(config, role),
    manifest: (step) => manifestAt(request, changes, step) as unknown as Json,
    clock: Date.now,
  });
  corpus.notes.forEach((line) => reporter.note(line));
  let held: Metrics = {};
  const told = telling(task, (step, metrics) => {
    interrupts.defer();
    reporter.progress(request.label, step, updates, brief({ ...metrics, ...held }));
  });
  try {
    const trainer = createTrainer({
      task: told,
      model: {
        ...{ family, network },
        origin: originOfTrained(request),
        files: { ...tokenizerFiles(corpus.tokenizer, network.config), ...request.files },
      },
      store: directory.checkpoints,
      sinks: directory.sinks,
      config: {
        updates,
        logEvery: config.logs.every,
        checkpointEvery: config.checkpoints.every,
        sampleEvery: config.logs.samplesEvery ?? undefined,
        keep: { last: config.checkpoints.keep },
      },
      identity: identityOf(request),
      resume: mode === 'resume' ? 'latest' : undefined,
      sample: request.samples ? textSamples(request) : undefined,
      guard: await request.guard?.(),
      signal: interrupts.signal,
      clock: () => performance.now(),
    });
    return await follow(request, changes, (metrics) => (held = metrics), trainer.run());
  } finally {
    await directory.close();
  }
}
