import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parameterCount } from '@idlm/denoiser';
import { describeModel, hashWeights } from '@idlm/denoiser/node';
import type { ManifestModel } from '@idlm/evaluation';
import { resolveConfig } from '@idlm/recipe/config';
import { makeManifest } from '@idlm/recipe/evaluation';
import { type RunRole, settingsOf, updatesOf } from '@idlm/recipe/records';
import { film } from '@idlm/recipe/sampling';
import type { PairShown, ReportData } from '../report/data';
import { readLosses } from '../report/losses';
import { duration } from '../terminal';
import { assetFolder } from '../assets';
import type { QuickstartResult } from './quickstart';
import type { QuickstartData } from './settings';

const TITLES: Readonly<Record<QuickstartData, string>> = { 'moby-dick': 'Moby-Dick', words: 'English words' };

/** How a model that comes with the package was trained: its file says. */
async function madeFrom(asset: string) {
  const name = join(assetFolder(asset), 'training.yaml');
  return resolveConfig({ file: { text: await readFile(name, 'utf8'), name } }).config;
}

/** What is known of one of the models. @param asset what it is of the package, where it was not made here */
async function factsOf(
  { recipe: { config, family } }: QuickstartResult,
  role: RunRole,
  { folder, out, asset }: { readonly folder: string; readonly out: string; readonly asset?: string },
): Promise<ManifestModel> {
  const own = asset ? await madeFrom(asset) : config;
  const model = await describeModel(folder);
  const { updates } = role === 'teacher' ? own.teacher : own.scorers.autoregressive;
  const made = asset ? { updates, ofRun: updates } : await updatesOf(folder);
  return {
    folder: relative(resolve(out), folder),
    absolute: resolve(folder),
    weights: await hashWeights(folder),
    ...(role === 'scorer' ? {} : { family: family.spec }),
    parameters: parameterCount(model.network),
    origin: {
      role,
      ...made,
      text: { corpus: own.data.corpus, heldOut: own.data.heldOut },
      settings: settingsOf(own, role),
    },
  };
}

async function modelsOf(result: QuickstartResult, out: string): Promise<Record<string, ManifestModel>> {
  const { scorer, teacher } = result.chosen;
  const inOut = (name: string) => ({ folder: join(out, name), out });
  return {
    teacher: await factsOf(result, 'teacher', { ...inOut('teacher'), asset: teacher }),
    student: await factsOf(result, 'student', inOut('student')),
    ...(scorer ? { scorer: await factsOf(result, 'scorer', { folder: assetFolder(scorer), out, asset: scorer }) } : {}),
  };
}

const filmsOf = async ({ recipe, engine, match, models }: QuickstartResult): Promise<ReportData['films']> => {
  const shared = { ...recipe, engine };
  const one = (name: 'Student' | 'Teacher', role: 'student' | 'teacher') =>
    film({
      ...shared,
      title: `${name}, ${match[role].steps} steps`,
      parameters: models[role].parameters,
      steps: match[role].steps,
    });
  return [await one('Student', 'student'), await one('Teacher', 'teacher')];
};

/** What the report of a quickstart shows. @param out folder of its models */
export async function quickstartReport(
  result: QuickstartResult,
  { out, pair }: { readonly out: string; readonly pair: PairShown },
): Promise<ReportData> {
  const { recipe, engine, rows, realText, match, driftFactor, seconds } = result;
  const models = await modelsOf(result, out);
  const [teacher, student] = [await readLosses(join(out, 'teacher')), await readLosses(join(out, 'student'))];
  const { config, corpus } = recipe;
  const { notes } = corpus;
  const { rows: _rows, ...manifest } = makeManifest({
    ...recipe,
    engine,
    models,
    rows,
    realText,
    notes,
    folder: out,
  });
  return {
    title: `IDLM quickstart: ${TITLES[config.data.corpus as QuickstartData]} in a few steps`,
    subtitle: `${config.family.name}; engine ${engine.name} (${engine.version}); seed ${config.seed}; ${duration(seconds)}; ${match.teacher.samples} samples per point.`,
    rows,
    match,
    tolerance: config.evaluation.tolerance,
    losses: { ...teacher.curves, ...student.curves },
    films: await filmsOf(result),
    pair,
    driftFactor,
    notes,
    manifest,
  };
}
