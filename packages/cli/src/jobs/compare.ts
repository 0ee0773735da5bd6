import { join } from 'node:path';
import { InputError, type Parameters } from '@idlm/core-diffusion';
import { hashWeights, readWeights } from '@idlm/denoiser/node';
import type { Objective } from '@idlm/idlm-loss';
import type { Scorer, SweepRow } from '@idlm/evaluation';
import { type Task, copyParameters } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config';
import type { Reporter } from './reporter';
import { keepModel, keptModel, requireReplaceable } from './compared-models';
import { evaluate } from './evaluate';
import { familyFor } from './network';
import { type TaskContext, makeDistillationTask, makeTeacherTask, objectiveFor } from './tasks';
import { runBriefly } from './train';

/** An arm with its configuration and its share of the work. */
export interface PlannedArm {
  readonly name: string;
  readonly config: Config;
  readonly updates: number;
  /** Network passes of all its updates. */
  readonly passes: number;
}

/** One trained and judged network: an arm with one seed. */
export interface ComparedCell {
  readonly arm: string;
  readonly seed: number;
  readonly updates: number;
  readonly passes: number;
  /** Wall clock of its training, which the budget does not count. */
  readonly seconds: number;
  /** What computed it, such as `wasm (tfjs 4.22.0)`. */
  readonly engine: string;
  readonly rows: readonly SweepRow[];
}

/** The name of the teacher among the arms. */
export const TEACHER = 'teacher';

/** Network passes of one update. */
const passesOf = ({ passes }: Objective, fakeUpdates: number): number => passes.student + fakeUpdates * passes.fake;

/** The budget that a configuration means: what its own objective does in its updates. */
export function budgetOf(context: TaskContext): number {
  const { distillation } = context.config;
  return distillation.updates * passesOf(objectiveFor(context, context.config), distillation.fakeUpdates);
}

/** How many updates an arm may make with a budget. @throws InputError if not even one */
export function planArm(context: TaskContext, name: string, config: Config, budget: number): PlannedArm {
  const each = passesOf(objectiveFor(context, config), config.distillation.fakeUpdates);
  const updates = Math.floor(budget / each);
  if (updates < 1)
    throw new InputError(`One update of ${name} takes ${each} network passes; a budget of ${budget} is too small.`);
  return {
    name,
    updates,
    passes: updates * each,
    config: { ...config, distillation: { ...config.distillation, updates } },
  };
}

/** What every cell is trained and judged with. */
export interface ComparisonContext extends TaskContext {
  readonly scorers: readonly Scorer[];
  /** Folder of the comparison. */
  readonly out: string;
  /** Folder of the teacher, where one is given. */
  readonly teacher?: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

const withSeed = (config: Config, seed: number): Config => ({
  ...config,
  seed,
  evaluation: { ...config.evaluation, seed },
});

async function train(
  task: Task,
  updates: number,
  label: string,
  { reporter, signal }: ComparisonContext,
): Promise<{ readonly parameters: Parameters; readonly seconds: number }> {
  const started = performance.now();
  try {
    await runBriefly({ task, updates, label, reporter, signal });
    const parameters = copyParameters(task.networks()[task.result]!.ema);
    return { parameters, seconds: (performance.now() - started) / 1000 };
  } finally {
    task.dispose();
  }
}

async function judge(
  context: ComparisonContext,
  name: string,
  parameters: Parameters,
  steps: readonly number[],
): Promise<readonly SweepRow[]> {
  const family = familyFor(context.config, context.corpus.tokenizer);
  return evaluate(context, [{ name, family, network: context.network, parameters, steps }]);
}

const folderOf = ({ out }: ComparisonContext, seed: number, name: string): string => join(out, `seed-${seed}`, name);

/**
 * The teacher of a seed: trained once, and kept in the comparison's folder.
 * @throws InputError if what was kept is damaged
 */
export async function teacherOf(context: ComparisonContext, seed: number): Promise<Parameters> {
  const { network } = context;
  if (context.teacher) return (await readWeights(context.teacher, network)).parameters;
  const path = folderOf(context, seed, TEACHER);
  const kept = await keptModel(path, network);
  if (kept) return kept;
  const seeded = { ...context, config: withSeed(context.config, seed) };
  const label = `Seed ${seed}: teacher`;
  const { parameters } = await train(makeTeacherTask(seeded), context.config.teacher.updates, label, context);
  await keepModel({ ...seeded, role: 'teacher', path }, network, parameters, context.config.teacher.updates);
  return parameters;
}

const engineOf = ({ engine: { name, version } }: ComparisonContext): string => `${name} (${version})`;

/** The teacher's own numbers. */
export async function judgeTeacher(
  context: ComparisonContext,
  seed: number,
  parameters: Parameters,
): Promise<ComparedCell> {
  const seeded = { ...context, config: withSeed(context.config, seed) };
  const rows = await judge(seeded, TEACHER, parameters, context.config.evaluation.teacherSteps);
  return { arm: TEACHER, seed, updates: 0, passes: 0, seconds: 0, engine: engineOf(context), rows };
}

/** Trains and judges one arm with one seed. */
export async function runArm(
  context: ComparisonContext,
  arm: PlannedArm,
  seed: number,
  teacher: Parameters,
): Promise<ComparedCell> {
  const seeded = { ...context, config: withSeed(arm.config, seed) };
  const path = folderOf(context, seed, arm.name);
  await requireReplaceable(path, context.network);
  const task = makeDistillationTask(seeded, teacher);
  const { parameters, seconds } = await train(task, arm.updates, `Seed ${seed}: ${arm.name}`, context);
  try {
    const identity = { teacher: await hashWeights(context.teacher ?? folderOf(context, seed, TEACHER)) };
    await keepModel({ ...seeded, role: 'student', path, identity }, context.network, parameters, arm.updates);
    const rows = await judge(seeded, arm.name, parameters, arm.config.evaluation.studentSteps);
    return { arm: arm.name, seed, updates: arm.updates, passes: arm.passes, seconds, engine: engineOf(context), rows };
  } finally {
    tf.dispose(parameters);
  }
}
