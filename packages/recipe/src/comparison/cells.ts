import { join } from 'node:path';
import { InputError, type Parameters } from '@idlm/core-diffusion';
import { readWeights } from '@idlm/denoiser/node';
import type { Objective } from '@idlm/idlm-loss';
import type { Judge, SweepCell } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { sweepModels } from '../evaluation/evaluate';
import { savedModel } from '../models/model-files';
import { resolveRecipe } from '../resolved/recipe';
import { type MadeModel, type MakingPlace, madeModel } from '../runs/made-model';
import { studentTraining } from '../runs/student-training';
import { type TaskContext, objectiveFor } from '../runs/tasks';
import { textTraining } from '../runs/text-training';

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
  readonly rows: readonly SweepCell[];
}

/** The name of the teacher among the arms. */
export const TEACHER = 'teacher';

/** Network passes of one update, over all of the batches that make it. */
const passesOf = ({ passes }: Objective, { fakeUpdates, accumulate }: Config['distillation']): number =>
  accumulate * (passes.student + fakeUpdates * passes.fake);

/** The budget that a configuration means: what its own objective does in its updates. */
export function budgetOf(context: TaskContext): number {
  const { distillation } = context.config;
  return distillation.updates * passesOf(objectiveFor(context), distillation);
}

/** How many updates an arm may make with a budget. @throws InputError if not even one */
export function planArm(context: TaskContext, name: string, config: Config, budget: number): PlannedArm {
  const each = passesOf(objectiveFor(context, config), config.distillation);
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
export interface ComparisonContext extends TaskContext, Pick<MakingPlace, 'onEvent' | 'signal'> {
  readonly scorers: readonly Judge[];
  /** Folder of the comparison. */
  readonly out: string;
  /** Folder of the teacher, where one is given. */
  readonly teacher?: string;
}

/**
 * The settings of a cell. What chooses among its weights is off, since an arm is judged by what all of its updates make; so are
 * samples on the way, which take time.
 */
const cellConfig = (config: Config, seed: number): Config => ({
  ...config,
  seed,
  evaluation: { ...config.evaluation, seed },
  teacher: { ...config.teacher, validation: null },
  distillation: { ...config.distillation, guard: null },
  logs: { ...config.logs, samplesEvery: null },
});

const folderOf = ({ out }: ComparisonContext, seed: number, name: string): string => join(out, `seed-${seed}`, name);

/** The model folder of a seed's teacher. */
const teacherFolder = (context: ComparisonContext, seed: number): string =>
  context.teacher ?? folderOf(context, seed, TEACHER);

/** A cell's context, with its own seed and settings. */
const seeded = (context: ComparisonContext, config: Config, seed: number): ComparisonContext => ({
  ...context,
  ...resolveRecipe(cellConfig(config, seed), context.corpus, context.network),
});

/** Where a network of the comparison is made and kept. */
const placeOf = (context: ComparisonContext, seed: number, name: string): MakingPlace => ({
  ...context,
  path: folderOf(context, seed, name),
});

/**
 * The teacher of a seed: trained once, and kept in the comparison's folder.
 * @throws InputError if what was kept is damaged
 */
export async function teacherOf(context: ComparisonContext, seed: number): Promise<Parameters> {
  if (context.teacher) return (await readWeights(context.teacher, context.network)).parameters;
  const training = textTraining('teacher', seeded(context, context.config, seed));
  const labelled = { ...training, label: `Seed ${seed}: teacher` };
  return (await madeModel(labelled, placeOf(context, seed, TEACHER))).parameters;
}

/** Samples a network of a cell and judges what it writes. */
async function judge(
  context: ComparisonContext,
  name: string,
  parameters: Parameters,
  steps: readonly number[],
): Promise<readonly SweepCell[]> {
  const { family, sampling, network } = context;
  return sweepModels(context, [{ name, family, sampling, network, parameters, steps }]);
}

const engineOf = ({ engine: { name, version } }: ComparisonContext): string => `${name} (${version})`;

/** The teacher's own numbers. */
export async function judgeTeacher(
  context: ComparisonContext,
  seed: number,
  parameters: Parameters,
): Promise<ComparedCell> {
  const own = seeded(context, context.config, seed);
  const rows = await judge(own, TEACHER, parameters, context.config.evaluation.teacherSteps);
  return { arm: TEACHER, seed, updates: 0, passes: 0, seconds: 0, engine: engineOf(context), rows };
}

/** The network of an arm, distilled from the teacher of the seed. */
function makeArm(context: ComparisonContext, { name, config }: PlannedArm, seed: number): Promise<MadeModel> {
  const folder = teacherFolder(context, seed);
  const teacher = { folder, stored: savedModel(folder, context.network) };
  const training = studentTraining({ recipe: seeded(context, config, seed), teacher });
  return madeModel({ ...training, label: `Seed ${seed}: ${name}` }, placeOf(context, seed, name));
}

/** Trains and judges one arm with one seed. */
export async function runArm(context: ComparisonContext, arm: PlannedArm, seed: number): Promise<ComparedCell> {
  const { parameters, seconds } = await makeArm(context, arm, seed);
  const { name, updates, passes, config } = arm;
  try {
    const rows = await judge(seeded(context, config, seed), name, parameters, config.evaluation.studentSteps);
    return { arm: name, seed, updates, passes, seconds, engine: engineOf(context), rows };
  } finally {
    tf.dispose(parameters);
  }
}
