import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { Engine, EngineName } from '@idlm/engine';
import { DRIFT_FACTOR, type Match, type MeasuredText, type SweepCell, equivalentSteps } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import { type OnEvent, readingOf } from '@idlm/recipe';
import { resolveConfig } from '@idlm/recipe/config';
import { type EvaluatedModel, sweepAndJudge } from '@idlm/recipe/evaluation';
import { type Recipe, resolveRecipe } from '@idlm/recipe/resolved';
import { QUICKSTART_FILES } from '@idlm/recipe/records';
import { type PreparedCorpus, prepareCorpus } from '@idlm/recipe/text';
import type { TerminalReporter } from '../terminal';
import { assetFolder } from '../assets';
import { beginQuickstart } from './begin';
import { isClaimMet } from './claim';
import { quickstartEngine } from './engine';
import { type QuickstartContext, type QuickstartModels, quickstartModels } from './models';
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
  readonly reporter: TerminalReporter;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface QuickstartResult {
  readonly chosen: QuickstartSettings;
  readonly engine: Engine;
  readonly recipe: Recipe;
  readonly rows: readonly SweepCell[];
  /** The held-out text, judged as samples are. */
  readonly realText: MeasuredText;
  readonly match: Match;
  /** How far the student may drift, in multiples of its teacher's drift or chance's. */
  readonly driftFactor: number;
  /** Whether what the quickstart claims is met. */
  readonly reached: boolean;
  readonly models: QuickstartModels;
  /** Wall clock of all of it, over all sessions. */
  readonly seconds: number;
}

/** What there is to train on, in a sentence. */
function describeText(data: QuickstartData, { facts }: PreparedCorpus, length: number): string {
  if (data === 'words')
    return `Text: English words of 3 to 12 letters, ${facts.trainTokens / length} to train on, ${facts.heldOutTokens / length} held out.`;
  return `Text: Moby-Dick, ${facts.trainTokens} characters to train on, ${facts.heldOutTokens} held out.`;
}

/** The networks to judge, each at its steps. */
function evaluatedModels(
  { config, family, sampling, network }: QuickstartContext,
  models: QuickstartModels,
): EvaluatedModel[] {
  const { teacherSteps, studentSteps } = config.evaluation;
  return Object.entries<QuickstartModels['teacher']>({ ...models }).map(([name, { parameters }]) => ({
    ...{ name, family, sampling, network, parameters },
    steps: name === 'teacher' ? teacherSteps : studentSteps,
  }));
}

/** Makes the models and judges them. */
async function compareModels(
  context: QuickstartContext,
): Promise<Pick<QuickstartResult, 'rows' | 'realText' | 'match' | 'models'>> {
  const { config, chosen, out } = context;
  const models = await quickstartModels(context);
  const evaluated = evaluatedModels(context, models);
  const scorer = chosen.scorer && assetFolder(chosen.scorer);
  const { rows, realText } = await sweepAndJudge({ ...context, evaluated, scorer });
  if (models.control) tf.dispose(models.control.parameters);
  const { compareAt, tolerance } = config.evaluation;
  const match = equivalentSteps(rows, compareAt, { tolerance, temperature: config.sampling.temperature });
  await writeFileAtomically(join(out, QUICKSTART_FILES.sweep), `${JSON.stringify({ rows, match }, null, 2)}\n`);
  return { rows, realText, match, models };
}

/** What the models are made from: the settings for the engine, and the text. */
async function prepare(options: QuickstartOptions, engine: Engine, compiling: readonly string[]) {
  const { data, family, seed, smoke, onEvent } = options;
  const chosen = quickstartSettings({ engine: engine.name, data, family, smoke });
  const settings = [...chosen.settings, `seed=${seed}`, ...compiling];
  const { config } = resolveConfig({ settings });
  const corpus = await prepareCorpus(config, undefined, { onReading: readingOf(onEvent) });
  return { ...options, ...resolveRecipe(config, corpus), chosen, settings, engine };
}

/**
 * Text to teacher to student to samples to numbers: the whole path in a few minutes. Writes the models into `out`; the
 * report is the caller's. One that was interrupted there goes on where it was.
 */
export async function quickstart(options: QuickstartOptions): Promise<QuickstartResult> {
  const { reporter, onEvent, data, out } = options;
  const compiling = options.compile ? [] : ['engine.compile=off'];
  const engine = await quickstartEngine(options.engine, compiling, { reporter, onEvent });
  const started = performance.now();
  const context = await prepare(options, engine, compiling);
  const { chosen, config, corpus } = context;
  const begun = await beginQuickstart(out, context);
  if (begun.isContinued) reporter.note(`Going on with the quickstart that was interrupted in ${out}.`);
  reporter.note(describeText(data, corpus, config.data.length));
  const secondsNow = () => begun.seconds + (performance.now() - started) / 1000;
  const comparedInTime = async () => {
    try {
      return await compareModels(context);
    } finally {
      await begun.keepTime(secondsNow());
    }
  };
  const found = await comparedInTime();
  const driftFactor = config.distillation.guard?.factor ?? DRIFT_FACTOR;
  const reached = isClaimMet({ claim: chosen.claim, driftFactor }, found.rows, found.match);
  return { chosen, engine, recipe: context, ...found, driftFactor, reached, seconds: secondsNow() };
}
