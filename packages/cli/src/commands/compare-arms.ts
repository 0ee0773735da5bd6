import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { findModel, hashWeights } from '@idlm/denoiser/node';
import { summariseArms } from '@idlm/evaluation';
import {
  type ComparedCell,
  type ComparisonContext,
  type ComparisonFile,
  type PlannedArm,
  TEACHER,
  judgeTeacher,
  openComparison,
  runArm,
  teacherOf,
} from '@idlm/recipe/comparison';
import { importedModules } from '@idlm/recipe/config';
import { measureHeldOut, openJudges, textName } from '@idlm/recipe/evaluation';
import type { GivenModel } from '@idlm/recipe/models';
import { COMPARED_CELLS, openOutput, settingsRead, textRecord } from '@idlm/recipe/records';
import * as tf from '@tensorflow/tfjs-core';
import { type ComparisonReport, renderComparison } from '../report/compare';
import { VERSION } from '../version';

/** Trains and judges what the file does not hold yet. */
async function fill(
  context: ComparisonContext,
  arms: readonly PlannedArm[],
  seeds: readonly number[],
  file: ComparisonFile,
): Promise<void> {
  const isDone = (arm: string, seed: number) => file.cells.some((cell) => cell.arm === arm && cell.seed === seed);
  for (const seed of seeds) {
    const missing = arms.filter(({ name }) => !isDone(name, seed));
    if (!missing.length && isDone(TEACHER, seed)) continue;
    const teacher = await teacherOf(context, seed);
    try {
      if (!isDone(TEACHER, seed)) await file.add(await judgeTeacher(context, seed, teacher));
      for (const arm of missing) {
        context.signal?.throwIfAborted();
        await file.add(await runArm(context, arm, seed));
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
  const { config, corpus } = context;
  const engines = [...new Set(cells.map(({ engine }) => engine))];
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  return {
    subtitle: `${config.family.name} on ${config.data.corpus}; seeds ${seeds.join(', ')}; ${config.evaluation.samples} samples per point; engine ${engines.join(', ')}.`,
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
      config: settingsRead(config, 'compare'),
      text: textRecord(config.data, corpus),
      arms: arms.map(({ name, config: own }) => ({ name, distillation: own.distillation })),
    },
  };
}

/** What is compared, beside its arms. */
interface Compared {
  readonly seeds: readonly number[];
  readonly teacher?: GivenModel;
  /** Path of the autoregressive judge. */
  readonly scorer?: string;
  /** What readers of the report should know of its text. */
  readonly notes: readonly string[];
}

/** Fills the comparison's folder, which no other process writes to meanwhile, and writes its report. */
export async function compareArms(
  base: Omit<ComparisonContext, 'scorers'>,
  planned: readonly PlannedArm[],
  { seeds, teacher, scorer, notes }: Compared,
): Promise<ComparisonReport> {
  const { config, engine, corpus, out } = base;
  const output = await openOutput({ path: out, kind: 'comparison', again: true });
  try {
    const judge = scorer === undefined ? undefined : await findModel(scorer);
    // What computes, and how often is saved and logged, changes no number.
    const {
      engine: _engine,
      checkpoints: _saves,
      logs: _logs,
      imports: _imports,
      ...settings
    } = settingsRead(config, 'compare');
    const imports = importedModules(config.imports).map(({ sha256 }) => sha256);
    const file = await openComparison(join(out, COMPARED_CELLS), {
      settings,
      ...(imports.length ? { imports } : {}),
      data: corpus.facts.hash,
      arms: planned.map(({ name, updates, config: own }) => ({ name, updates, distillation: own.distillation })),
      teacher: teacher && (await hashWeights(teacher.folder)),
      scorer: judge && (await hashWeights(judge)),
    });
    const judges = await openJudges(config, engine, corpus, judge);
    const ofJudges = judges.scorers.flatMap(({ note }) => (note === undefined ? [] : [note]));
    const context: ComparisonContext = { ...base, scorers: judges.scorers };
    const measure = async () => {
      await fill(context, planned, seeds, file);
      return measureHeldOut(context);
    };
    const realText = await measure().finally(judges.dispose);
    const report = reportOf(context, file.cells, planned, { realText, notes: [...notes, ...ofJudges] });
    await writeFileAtomically(join(out, 'report.html'), renderComparison(report));
    await writeFileAtomically(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await output.close();
  }
}
