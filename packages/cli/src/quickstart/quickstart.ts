import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@idlm/core-diffusion';
import { hashWeights, loadModel, saveModel, writeFileAtomically } from '@idlm/denoiser/node';
import { saveTokenizer } from '@idlm/data';
import type { Engine, EngineName } from '@idlm/engine';
import { type MeasuredText, type Match, type SweepRow, equivalentSteps } from '@idlm/evaluation';
import { type Task, copyParameters, keptParameters } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { type Config, resolveConfig } from '../config';
import { type PreparedCorpus, prepareCorpus } from '../jobs/corpus';
import { readArms } from '../jobs/arms';
import { manifestOf } from '../jobs/run-manifest';
import { saveTrainingRecord } from '../jobs/run-records';
import { settingsOf } from '../jobs/run-settings';
import { budgetOf, planArm } from '../jobs/compare';
import { type Contestant, evaluate } from '../jobs/evaluate';
import { makeGuard } from '../jobs/guard';
import { openJudges } from '../jobs/judges';
import { originOfTrained } from '../jobs/making';
import { familyFor, networkConfig } from '../jobs/network';
import { measureHeldOut } from '../jobs/real-text';
import type { Reporter } from '../jobs/reporter';
import { makeDistillationTask, makeTeacherTask } from '../jobs/tasks';
import { type BriefRun, type History, runBriefly } from '../jobs/train';
import { assetFolder } from './assets';
import { isClaimMet } from './claim';
import { quickstartEngine } from './engine';
import { type QuickstartData, type QuickstartFamily, type QuickstartSettings, quickstartSettings } from './settings';

/** What the quickstart is asked for. */
export interface QuickstartOptions {
  readonly engine: EngineName | 'auto';
  /** False: op by op also where whole steps can be compiled. */
  readonly compile: boolean;
  readonly data: QuickstartData;
  readonly family: QuickstartFamily;
  readonly seed: number;
  /** Folder for models, numbers and the report. */
  readonly out: string;
  /** Everything much shorter, to see that it works. */
  readonly smoke: boolean;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** How long a model was trained here. */
export interface MadeModel {
  /** Updates of its weights, and of its training in all: more where a guard kept earlier weights. */
  readonly updates: number;
  readonly ofRun: number;
}

/** What came of it. */
export interface QuickstartResult {
  readonly engine: Engine;
  readonly config: Config;
  readonly corpus: PreparedCorpus;
  /** Asset folder of the autoregressive judge, where the text has one. */
  readonly scorer?: string;
  /** Asset folder of the teacher, where it was not trained here. */
  readonly teacherAsset?: string;
  /** How teacher and student were made, as far as that was here. */
  readonly made: Readonly<Partial<Record<'teacher' | 'student', MadeModel>>>;
  readonly rows: readonly SweepRow[];
  /** The held-out text, judged as samples are. */
  readonly realText: MeasuredText;
  readonly match: Match;
  /** Step ratio that was to be reached, where one was, and whether the claim is met. */
  readonly claim?: number;
  readonly reached: boolean;
  readonly history: History;
  readonly teacher: Parameters;
  readonly student: Parameters;
  readonly seconds: number;
}

type Context = {
  /** What `config` was made from. */
  readonly settings: readonly string[];
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly network: ReturnType<typeof networkConfig>;
};

/** A task's result: the averaged weights, and the losses on the way there. */
interface Trained {
  readonly parameters: Parameters;
  readonly history: History;
  /** Absent where it comes with the package. */
  readonly made?: MadeModel;
}

/** Runs a task to its end, or to its guard's, and frees it. */
async function finish(task: Task, run: Omit<BriefRun, 'task'>): Promise<Trained> {
  try {
    const { history, guard } = await runBriefly({ task, ...run });
    const parameters = guard.kept
      ? keptParameters(guard, run.watch!.network)
      : copyParameters(task.networks()[task.result]!.ema);
    const ofRun = Math.max(...Object.values(history).map(({ length }) => length));
    return { parameters, history, made: { updates: guard.kept?.step ?? ofRun, ofRun } };
  } finally {
    task.dispose();
  }
}

/** What there is to train on, in a sentence. */
function describeText(data: QuickstartData, { packed: { train, heldOut } }: PreparedCorpus, length: number): string {
  if (data === 'words')
    return `Text: English words of 3 to 12 letters, ${train.length / length} to train on, ${heldOut.length / length} held out.`;
  return `Text: Moby-Dick, ${train.length} characters to train on, ${heldOut.length} held out.`;
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
async function distil(context: Context, teacher: Parameters, options: QuickstartOptions): Promise<Trained> {
  const { reporter, signal } = options;
  const { updates } = context.config.distillation;
  const guard = await makeGuard(context, teacher, reporter, signal);
  return finish(makeDistillationTask(context, teacher), {
    updates,
    label: 'Distilling the student',
    reporter,
    signal,
    watch: guard && { guard, network: context.network },
  });
}

/** The control arm: the teacher trained on, with as many passes of the network as the student took. */
async function trainOn(context: Context, teacher: Parameters, options: QuickstartOptions): Promise<Trained> {
  const { reporter, signal } = options;
  const [control] = readArms('continued-training', []);
  const { config } = resolveConfig({ settings: [...context.settings, ...control!.settings] });
  const arm = planArm(context, 'continued-training', config, budgetOf(context));
  return finish(makeDistillationTask({ ...context, config: arm.config }, teacher), {
    updates: arm.updates,
    label: 'Control: training the teacher on',
    reporter,
    signal,
  });
}

const numbers = ({ perplexity, entropy, evaluationsPerSample }: SweepRow): string =>
  `${Object.entries(perplexity)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join(', ')}, entropy ${entropy.toFixed(3)}, ${evaluationsPerSample.toFixed(1)} network evaluations per sample`;

/** The networks to judge, each at its steps. */
function contestantsOf(
  { config, corpus, network }: Context,
  named: Readonly<Record<string, Parameters>>,
): Contestant[] {
  const { teacherSteps, studentSteps } = config.evaluation;
  return Object.entries(named).map(([name, parameters]) => ({
    name,
    family: familyFor(config, corpus.tokenizer),
    network,
    parameters,
    steps: name === 'teacher' ? teacherSteps : studentSteps,
  }));
}

async function judge(
  context: Context,
  contestants: readonly Contestant[],
  scorer: string | undefined,
  { reporter, signal }: QuickstartOptions,
): Promise<Pick<QuickstartResult, 'rows' | 'realText'>> {
  const { config, engine, corpus } = context;
  const judges = await openJudges(config, engine, corpus, scorer && assetFolder(scorer));
  const cells = contestants.reduce((sum, { steps }) => sum + steps.length, 0);
  let done = 0;
  try {
    const rows = await evaluate(
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
      contestants,
    );
    return { rows, realText: await measureHeldOut({ ...context, scorers: judges.scorers }) };
  } finally {
    judges.dispose();
  }
}

/** The updates of a model's weights, and the guard where it kept earlier ones than the last. */
const chosenUpdates = ({ updates, ofRun }: MadeModel) => ({
  updates,
  ...(updates < ofRun ? { guard: { kept: updates } } : {}),
});

/** Saves a model under its role. */
async function save(
  context: Context,
  role: 'teacher' | 'student',
  { parameters, made }: Trained,
  out: string,
): Promise<void> {
  const folder = join(out, role);
  const identity = role === 'student' ? { teacher: await hashWeights(join(out, 'teacher')) } : undefined;
  await mkdir(folder, { recursive: true });
  await saveModel(folder, {
    family: familyFor(context.config, context.corpus.tokenizer).spec,
    network: context.network,
    parameters,
    role,
    ...(made ? originOfTrained({ ...context, role, identity }, chosenUpdates(made)) : {}),
    metadata: { role },
  });
  await saveTokenizer(folder, context.corpus.tokenizer);
  // Who uses the model later takes its text from here.
  await saveTrainingRecord(folder, {
    config: settingsOf(context.config, role),
    manifest: manifestOf({ ...context, role, path: folder }),
  });
}

/**
 * Text to teacher to student to samples to numbers: the whole path in a few minutes. Writes the models into `out`; the
 * report is the caller's.
 */
export async function quickstart(options: QuickstartOptions): Promise<QuickstartResult> {
  const { reporter, data, family, seed, out, smoke } = options;
  const engine = await quickstartEngine(options.engine, options.compile, reporter);
  const started = performance.now();
  const chosen = quickstartSettings({ engine: engine.name, data, family, smoke });
  const compiling = options.compile ? [] : ['engine.compile=off'];
  const settings = [...chosen.settings, `seed=${seed}`, ...compiling];
  const { config } = resolveConfig({ settings });
  const corpus = await prepareCorpus(config);
  const network = networkConfig(config, corpus.tokenizer);
  const context = { settings, config, engine, corpus, network };
  reporter.note(describeText(data, corpus, config.data.length));
  const teacher = await teach(context, chosen, options);
  await save(context, 'teacher', teacher, out);
  const student = await distil(context, teacher.parameters, options);
  await save(context, 'student', student, out);
  const control = chosen.control && (await trainOn(context, teacher.parameters, options));
  const named = {
    teacher: teacher.parameters,
    student: student.parameters,
    ...(control ? { control: control.parameters } : {}),
  };
  const { rows, realText } = await judge(context, contestantsOf(context, named), chosen.scorer, options);
  if (control) tf.dispose(control.parameters);
  const { compareAt, tolerance } = config.evaluation;
  const match = equivalentSteps(rows, compareAt, { tolerance, temperature: config.sampling.temperature });
  await writeFileAtomically(join(out, 'sweep.json'), `${JSON.stringify({ rows, match }, null, 2)}\n`);
  return {
    engine,
    config,
    corpus,
    scorer: chosen.scorer,
    teacherAsset: chosen.teacher,
    made: { teacher: teacher.made, student: student.made },
    rows,
    realText,
    match,
    claim: chosen.claim,
    reached: isClaimMet(chosen.claim, rows, match),
    history: { ...teacher.history, ...student.history },
    teacher: teacher.parameters,
    student: student.parameters,
    seconds: (performance.now() - started) / 1000,
  };
}
