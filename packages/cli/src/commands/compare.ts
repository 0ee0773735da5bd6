import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/denoiser/node';
import { type MeasuredText, summariseArms } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Config, LoadedConfig } from '../config';
import { type Arm, readArms } from '../jobs/arms';
import {
  type ComparedCell,
  type ComparisonContext,
  type PlannedArm,
  TEACHER,
  budgetOf,
  judgeTeacher,
  planArm,
  runArm,
  teacherOf,
} from '../jobs/compare';
import { type ComparisonFile, openComparison } from '../jobs/comparison-file';
import { prepareCorpus } from '../jobs/corpus';
import { describeCorpus } from '../jobs/corpus-description';
import { openJudges } from '../jobs/judges';
import { modelFolder } from '@idlm/denoiser/node';
import { type ModelInUse, fitModel } from '../jobs/model-family';
import { type GivenModel, readModel, textWarnings, withModelData } from '../jobs/model-origin';
import { networkConfig } from '../jobs/network';
import { measureHeldOut } from '../jobs/real-text';
import { sweptTemperatures } from '../jobs/sampling';
import { textName } from '../report/data';
import { type ComparisonReport, comparisonRows, renderComparison, verdicts } from '../report/compare';
import { type Terminal, alignedTable, terminalReporter } from '../terminal';
import { VERSION } from '../version';
import { type ConfigOptions, noteUnread, openConfigured, readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm compare`. */
export interface CompareOptions extends ConfigOptions {
  readonly objectives: string;
  readonly arm: readonly string[];
  readonly seeds: string;
  readonly passes?: string;
  readonly teacher?: string;
  readonly scorer?: string;
  readonly out: string;
}

/** Trains and judges what the file does not hold yet. */
async function fill(
  context: ComparisonContext,
  arms: readonly PlannedArm[],
  seeds: readonly number[],
  file: ComparisonFile,
  teacherFolder?: string,
): Promise<void> {
  const isDone = (arm: string, seed: number) => file.cells.some((cell) => cell.arm === arm && cell.seed === seed);
  for (const seed of seeds) {
    const missing = arms.filter(({ name }) => !isDone(name, seed));
    if (!missing.length && isDone(TEACHER, seed)) continue;
    const teacher = await teacherOf(context, seed, teacherFolder);
    try {
      if (!isDone(TEACHER, seed)) await file.add(await judgeTeacher(context, seed, teacher));
      for (const arm of missing) {
        context.signal.throwIfAborted();
        await file.add(await runArm(context, arm, seed, teacher));
      }
    } finally {
      tf.dispose(teacher);
    }
  }
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** What the report shows of finished cells. */
function reportOf(
  context: ComparisonContext,
  cells: readonly ComparedCell[],
  arms: readonly PlannedArm[],
  found: Pick<ComparisonReport, 'realText' | 'notes'>,
): ComparisonReport {
  const { config, engine, corpus } = context;
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  return {
    subtitle: `${config.family.name} on ${config.data.corpus}; seeds ${seeds.join(', ')}; ${config.evaluation.samples} samples per point; engine ${engine.name} (${engine.version}).`,
    summaries: summariseArms(cells),
    teacher: TEACHER,
    compareAt: config.evaluation.compareAt,
    tolerance: config.evaluation.tolerance,
    work: arms.map(({ name, updates, passes }) => ({
      arm: name,
      updates,
      passes,
      seconds: mean(cells.filter(({ arm }) => arm === name).map(({ seconds }) => seconds)),
    })),
    ...found,
    textName: textName({ text: corpus.facts }),
    manifest: {
      idlm: VERSION,
      config,
      arms: arms.map(({ name, config: own }) => ({ name, distillation: own.distillation })),
    },
  };
}

const readSeeds = (text: string): number[] => [
  ...new Set(text.split(',').map((seed) => wholeNumber('--seeds', seed.trim(), 0))),
];

/** @throws InputError for several temperatures: cells of one arm differ in their seeds alone */
function requireOneTemperature(config: Config): void {
  const temperatures = sweptTemperatures(config);
  if (temperatures.length > 1)
    throw new InputError(
      `Arms are compared at one temperature; evaluation.temperatures holds ${temperatures.join(', ')}: set one.`,
    );
}

/** A configuration with the text, the family and the tokenizer of the given teacher, if there is one. */
function fitted(loaded: LoadedConfig, teacher?: GivenModel): LoadedConfig & Partial<ModelInUse> {
  if (!teacher) return loaded;
  const onText = withModelData(loaded, teacher);
  return { ...onText, ...fitModel({ ...teacher, loaded: onText }) };
}

/** The arms with their configurations, at one budget. */
async function plan(
  options: CompareOptions,
  context: Omit<ComparisonContext, 'scorers'>,
  arms: readonly Arm[],
  teacher?: GivenModel,
): Promise<PlannedArm[]> {
  const budget = options.passes === undefined ? budgetOf(context) : wholeNumber('--passes', options.passes);
  return Promise.all(
    arms.map(async ({ name, settings }) => {
      const loaded = await readLoadedConfig({ ...options, set: [...options.set, ...settings] });
      return planArm(context, name, fitted(loaded, teacher).config, budget);
    }),
  );
}

/** `idlm compare`: several objectives from one teacher at one budget, over seeds. */
export async function compareCommand(options: CompareOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const seeds = readSeeds(options.seeds);
  const arms = readArms(options.objectives, options.arm);
  const reporter = terminalReporter(terminal);
  const given = await readLoadedConfig(options);
  const teacher = options.teacher ? await readModel(options.teacher, given) : undefined;
  noteUnread(given, 'compare', reporter);
  const loaded = fitted(given, teacher);
  loaded.assumed?.forEach((sentence) => reporter.note(sentence));
  const { config } = loaded;
  requireOneTemperature(config);
  const corpus = await prepareCorpus(config, loaded.tokenizer);
  reporter.note(describeCorpus(config.data, corpus));
  const warnings = teacher ? textWarnings(teacher, loaded, corpus) : [];
  corpus.notes.forEach((sentence) => reporter.note(sentence));
  warnings.forEach((sentence) => terminal.warn(sentence));
  const engine = await openConfigured(config, reporter);
  const network = teacher?.model.config ?? networkConfig(config, corpus.tokenizer);
  const base = { config, engine, corpus, network, out: options.out, reporter, signal };
  const planned = await plan(options, base, arms, teacher);
  const { seed: _seed, engine: _engine, ...settings } = config;
  const file = await openComparison(join(options.out, 'compare.jsonl'), {
    settings,
    data: corpus.packed.hash,
    arms: planned.map(({ name, updates, config: own }) => ({ name, updates, distillation: own.distillation })),
  });
  const judges = await openJudges(config, engine, corpus, options.scorer && (await modelFolder(options.scorer)));
  const context: ComparisonContext = { ...base, scorers: judges.scorers };
  let realText: MeasuredText;
  try {
    await fill(context, planned, seeds, file, teacher?.folder);
    realText = await measureHeldOut(context);
  } finally {
    judges.dispose();
  }
  const notes = [...corpus.notes, ...warnings];
  const report = reportOf(context, file.cells, planned, { realText, notes });
  const path = join(options.out, 'report.html');
  await writeFileAtomically(path, renderComparison(report));
  await writeFileAtomically(join(options.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  const { head, rows } = comparisonRows(report);
  terminal.note(alignedTable([head, ...rows]));
  verdicts(report).forEach((sentence) => terminal.note(sentence));
  terminal.result({ report: path, summaries: report.summaries }, () => path);
}
