import type { Json, Spec } from '@idlm/core-diffusion';
import { hashOf, tokenizerFiles } from '@idlm/data';
import type { DitConfig } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import {
  type Guard,
  type Metrics,
  type RunMode,
  type Task,
  type TrainResult,
  createTrainer,
  openRunDirectory,
} from '@idlm/trainer';
import type { Config } from '../config';
import type { PreparedCorpus } from '../jobs/corpus';
import { textRecord } from '../jobs/corpus-description';
import { placesOf } from '../jobs/places';
import type { RunManifest, RunRole } from '../jobs/run-records';
import { textSamples } from '../jobs/text-samples';
import type { TerminalReporter } from '../terminal';
import { VERSION } from '../version';

/** A task to run in a run directory. */
export interface RunRequest {
  readonly task: Task;
  readonly updates: number;
  readonly label: string;
  /** `model_type` of the checkpoints. */
  readonly type: string;
  /** The family of the checkpoints with its options; undefined for networks that belong to none. */
  readonly family: Spec | undefined;
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly network: DitConfig;
  /** Further files of the checkpoints, beside those of the tokenizer. */
  readonly files?: Readonly<Record<string, string>>;
  readonly path: string;
  readonly role: RunRole;
  readonly mode: RunMode;
  /** Hashes that a resumed run must share, beside data and tokenizer. */
  readonly identity?: Readonly<Record<string, Json>>;
  /** Makes what keeps the last good result and may end the run: it takes its time, so only once the run may begin. */
  readonly guard?: () => Promise<Guard | undefined>;
  /** False: nothing can be sampled (a scorer). */
  readonly samples: boolean;
  readonly reporter: TerminalReporter;
  readonly signal: AbortSignal;
}

const brief = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .filter(([name]) => name.endsWith('/loss'))
    .map(([name, value]) => `${name.replaceAll('/', ' ')} ${value.toFixed(3)}`)
    .join(', ');

/** Runs a task to its end, or to an interrupt, in its run directory: metrics, event files, checkpoints, samples. */
export async function runTask(request: RunRequest): Promise<TrainResult> {
  const {
    task,
    updates,
    label,
    type,
    family,
    config,
    engine,
    corpus,
    network,
    path,
    role,
    mode,
    identity,
    reporter,
    signal,
  } = request;
  const files = tokenizerFiles(corpus.tokenizer);
  const hashes = {
    seed: config.seed,
    data: corpus.packed.hash,
    tokenizer: hashOf(files['tokenizer.json']),
    ...identity,
  };
  const manifest: RunManifest = {
    role,
    ...hashes,
    text: textRecord(config.data, corpus),
    places: placesOf(config.data, path),
    engine: { name: engine.name, version: engine.version },
    versions: { idlm: VERSION, node: process.versions.node },
  };
  const directory = await openRunDirectory({
    path,
    mode,
    config: config as unknown as Json,
    manifest: manifest as unknown as Json,
    clock: Date.now,
  });
  corpus.notes.forEach((line) => reporter.note(line));
  try {
    const trainer = createTrainer({
      task,
      model: { type, family, config: network, files: { ...files, ...request.files } },
      store: directory.checkpoints,
      sinks: directory.sinks,
      config: {
        updates,
        logEvery: config.logs.every,
        checkpointEvery: config.checkpoints.every,
        sampleEvery: config.logs.samplesEvery ?? undefined,
        keep: { last: config.checkpoints.keep },
      },
      identity: hashes,
      resume: mode === 'resume' ? 'latest' : undefined,
      sample: request.samples ? textSamples(request) : undefined,
      guard: await request.guard?.(),
      signal,
      clock: () => performance.now(),
    });
    const events = trainer.run();
    let found: Metrics = {};
    for (let next = await events.next(); ; next = await events.next()) {
      if (next.done) return next.value;
      const event = next.value;
      if (event.kind === 'metrics')
        reporter.progress(label, event.step, updates, brief({ ...event.metrics, ...found }));
      else if (event.kind === 'guard') found = event.metrics;
      else if (event.kind === 'start' && event.resumed) reporter.note(`Going on from update ${event.step}.`);
      else if (event.kind === 'warning') reporter.note(event.message);
    }
  } finally {
    await directory.close();
  }
}
