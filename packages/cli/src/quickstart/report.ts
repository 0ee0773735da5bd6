import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parameterCount } from '@idlm/denoiser';
import { describeModel, hashWeights } from '@idlm/denoiser/node';
import type { ManifestModel } from '@idlm/evaluation';
import { resolveConfig } from '../config';
import { film } from '../jobs/films';
import { makeManifest } from '../jobs/manifest';
import { familyFor, networkConfig } from '../jobs/network';
import type { RunRole } from '../jobs/run-records';
import { settingsOf } from '../jobs/run-settings';
import type { ReportData } from '../report/data';
import { duration } from '../terminal';
import { assetFolder } from './assets';
import type { MadeModel, QuickstartResult } from './quickstart';
import type { QuickstartData } from './settings';

const TITLES: Readonly<Record<QuickstartData, string>> = { 'moby-dick': 'Moby-Dick', words: 'English words' };

/** How a model that comes with the package was trained: its file says. */
async function madeFrom(asset: string) {
  const name = join(assetFolder(asset), 'training.yaml');
  return resolveConfig({ file: { text: await readFile(name, 'utf8'), name } }).config;
}

/** What is known of one of the models. @param made its updates, where it was made here */
async function factsOf(
  { config, corpus }: QuickstartResult,
  role: RunRole,
  from: { readonly folder: string; readonly out: string; readonly asset?: string; readonly made?: MadeModel },
): Promise<ManifestModel> {
  const { folder, out, asset, made } = from;
  const own = asset ? await madeFrom(asset) : config;
  const model = await describeModel(folder);
  const updates = asset ? (role === 'teacher' ? own.teacher : own.scorers.autoregressive).updates : made?.updates;
  return {
    folder: relative(resolve(out), folder),
    absolute: resolve(folder),
    weights: await hashWeights(folder),
    ...(role === 'scorer' ? {} : { family: familyFor(config, corpus.tokenizer).spec }),
    parameters: parameterCount(model.network),
    origin: {
      role,
      updates,
      ofRun: asset ? updates : made?.ofRun,
      text: { corpus: own.data.corpus, heldOut: own.data.heldOut },
      settings: settingsOf(own, role),
    },
  };
}

async function modelsOf(result: QuickstartResult, out: string): Promise<Record<string, ManifestModel>> {
  const { scorer, teacherAsset, made } = result;
  const inOut = (name: string) => ({ folder: join(out, name), out });
  return {
    teacher: await factsOf(result, 'teacher', { ...inOut('teacher'), asset: teacherAsset, made: made.teacher }),
    student: await factsOf(result, 'student', { ...inOut('student'), made: made.student }),
    ...(scorer ? { scorer: await factsOf(result, 'scorer', { folder: assetFolder(scorer), out, asset: scorer }) } : {}),
  };
}

const filmsOf = async ({
  config,
  engine,
  corpus,
  match,
  ...result
}: QuickstartResult): Promise<ReportData['films']> => {
  const network = networkConfig(config, corpus.tokenizer);
  const shared = { config, engine, corpus, network, family: familyFor(config, corpus.tokenizer) };
  const one = (name: 'Student' | 'Teacher', role: 'student' | 'teacher') =>
    film({
      ...shared,
      title: `${name}, ${match[role].steps} steps`,
      parameters: result[role],
      steps: match[role].steps,
    });
  return [await one('Student', 'student'), await one('Teacher', 'teacher')];
};

/** What the report of a quickstart shows. @param out folder of its models */
export async function quickstartReport(result: QuickstartResult, out: string): Promise<ReportData> {
  const { config, engine, corpus, rows, realText, match, history, seconds } = result;
  const models = await modelsOf(result, out);
  const { notes } = corpus;
  const { rows: _rows, ...manifest } = makeManifest({
    config,
    engine,
    corpus,
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
    losses: Object.fromEntries(
      Object.entries(history).map(([name, values]) => [name, values.map((loss, k) => [k + 1, loss] as const)]),
    ),
    films: await filmsOf(result),
    driftFactor: config.distillation.guard?.factor,
    notes,
    manifest,
  };
}
