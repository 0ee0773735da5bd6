import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@idlm/core-diffusion';
import { loadModel, saveModel } from '@idlm/denoiser/node';
import { saveTokenizer } from '@idlm/data';
import type { Engine, EngineName } from '@idlm/engine';
import { type Match, type SweepRow, equivalentSteps } from '@idlm/evaluation';
import type { Task } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { type Config, resolveConfig } from '../config';
import { type PreparedCorpus, prepareCorpus } from '../jobs/corpus';
import { evaluate } from '../jobs/evaluate';
import { openJudges } from '../jobs/judges';
import { networkConfig } from '../jobs/network';
import type { Reporter } from '../jobs/reporter';
import { makeDistillationTask, makeTeacherTask } from '../jobs/tasks';
import { type BriefRun, type History, runBriefly } from '../jobs/train';
import { assetFolder } from './assets';
import { quickstartEngine } from './engine';
import { type QuickstartFamily, type QuickstartSettings, quickstartSettings } from './settings';

/** What the quickstart is asked for. */
export interface QuickstartOptions {
  readonly engine: EngineName | 'auto';
  readonly family: QuickstartFamily;
  readonly seed: number;
  /** Folder for models, numbers and the report. */
  readonly out: string;
  /** Everything much shorter, to see that it works. */
  readonly smoke: boolean;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface QuickstartResult {
  readonly engine: Engine;
  readonly config: Config;
  readonly corpus: PreparedCorpus;
  readonly rows: readonly SweepRow[];
  readonly match: Match;
  /** Step ratio that was to be reached, and whether it was. */
  readonly claim: number;
  readonly reached: boolean;
  readonly history: History;
  readonly teacher: Parameters;
  readonly student: Parameters;
  readonly seconds: number;
}

type Context = {
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly network: ReturnType<typeof networkConfig>;
};

const copy = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, tf.clone(value)]));

/** A task's result: the averaged weights, and the losses on the way there. */
interface Trained {
  readonly parameters: Parameters;
  readonly history: History;
}

/** Runs a task to its end and frees it. */
async function finish(task: Task, run: Omit<BriefRun, 'task'>): Promise<Trained> {
  try {
    const history = await runBriefly({ task, ...run });
    return { parameters: copy(task.networks()[task.result]!.ema), history };
  } finally {
    task.dispose();
  }
}

/** The teacher: trained now, or the one that comes with the package. */
async function teach(context: Context, { teacher }: QuickstartSettings, options: QuickstartOptions): Promise<Trained> {
  const { reporter, signal } = options;
  if (teacher) {
    reporter.note('Teacher: the small one that comes with the package; its training.yaml says how it was trained.');
    return { parameters: (await loadModel(assetFolder(teacher))).parameters, history: {} };
  }
  const { updates } = context.config.teacher;
  return finish(makeTeacherTask(context), { updates, label: 'Training the teacher', reporter, signal });
}

/** The student. */
function distil(context: Context, teacher: Parameters, { reporter, signal }: QuickstartOptions): Promise<Trained> {
  const { updates } = context.config.distillation;
  return finish(makeDistillationTask(context, teacher), { updates, label: 'Distilling the student', reporter, signal });
}

const numbers = ({ perplexity, entropy, evaluationsPerSample }: SweepRow): string =>
  `${Object.entries(perplexity)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join(', ')}, entropy ${entropy.toFixed(3)}, ${evaluationsPerSample.toFixed(1)} network evaluations per sample`;

async function judge(
  context: Context,
  teacher: Parameters,
  student: Parameters,
  { reporter, signal }: QuickstartOptions,
): Promise<SweepRow[]> {
  const { config, engine, corpus, network } = context;
  const judges = await openJudges(config, engine, corpus, assetFolder('scorer'));
  const cells = config.evaluation.teacherSteps.length + config.evaluation.studentSteps.length;
  let done = 0;
  try {
    return await evaluate(
      {
        ...context,
        scorers: judges.scorers,
        signal,
        onRow: (row) =>
          reporter.progress(
            'Sampling and judging',
            ++done,
            cells,
            `${row.model} at ${row.steps} steps: ${numbers(row)}`,
          ),
      },
      [
        { name: 'teacher', network, parameters: teacher, steps: config.evaluation.teacherSteps },
        { name: 'student', network, parameters: student, steps: config.evaluation.studentSteps },
      ],
    );
  } finally {
    judges.dispose();
  }
}

async function save(context: Context, name: string, parameters: Parameters, out: string): Promise<void> {
  const folder = join(out, name);
  await mkdir(folder, { recursive: true });
  await saveModel(folder, {
    type: context.config.family.name,
    config: context.network,
    parameters,
    metadata: { role: name },
  });
  await saveTokenizer(folder, context.corpus.tokenizer);
}

/**
 * Text to teacher to student to samples to numbers: the whole path on Moby-Dick, in a few minutes. Writes both models
 * into `out`; the report is the caller's.
 */
export async function quickstart(options: QuickstartOptions): Promise<QuickstartResult> {
  const { reporter, seed, out, smoke } = options;
  const engine = await quickstartEngine(options.engine, reporter);
  const started = performance.now();
  const chosen = quickstartSettings(engine.name, options.family, smoke);
  const { config } = resolveConfig({ settings: [...chosen.settings, `seed=${seed}`, `evaluation.seed=${seed}`] });
  const corpus = await prepareCorpus(config);
  const network = networkConfig(config, corpus.tokenizer);
  const context = { config, engine, corpus, network };
  reporter.note(
    `Text: Moby-Dick, ${corpus.packed.train.length} characters to train on, ${corpus.packed.heldOut.length} held out.`,
  );
  const teacher = await teach(context, chosen, options);
  await save(context, 'teacher', teacher.parameters, out);
  const student = await distil(context, teacher.parameters, options);
  await save(context, 'student', student.parameters, out);
  const rows = await judge(context, teacher.parameters, student.parameters, options);
  const match = equivalentSteps(rows, config.evaluation.compareAt, config.evaluation.tolerance);
  await writeFile(join(out, 'sweep.json'), `${JSON.stringify({ rows, match }, null, 2)}\n`);
  return {
    engine,
    config,
    corpus,
    rows,
    match,
    claim: chosen.claim,
    reached: match.reached && match.stepRatio >= chosen.claim,
    history: { ...teacher.history, ...student.history },
    teacher: teacher.parameters,
    student: student.parameters,
    seconds: (performance.now() - started) / 1000,
  };
}
