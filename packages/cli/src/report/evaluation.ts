import { DRIFT_FACTOR, type Match, type ResultManifest } from '@idlm/evaluation';
import type { EvaluationResult, EvaluationSetup } from '@idlm/recipe/evaluation';
import { evaluationSeed } from '@idlm/recipe/resolved';
import { type FrameFilm, film } from '@idlm/recipe/sampling';
import type { ReportData } from './data';
import { type RunLosses, readLosses } from './losses';
import { textSentence } from './models';
import { countedSteps } from '../sentences/steps';

/** A film of each model, one after another: together they would hold the logits of both. */
async function filmsOf(
  { streams, engine, corpus, evaluated }: EvaluationSetup,
  match?: Match,
): Promise<readonly FrameFilm[]> {
  const films: FrameFilm[] = [];
  for (const { name, steps: tried, ...model } of evaluated) {
    const steps = match && name === 'student' ? match.student.steps : Math.max(...tried);
    const title = `${name}, ${countedSteps(steps)}`;
    films.push(await film({ ...model, title, streams, engine, corpus, steps }));
  }
  return films;
}

/** What was evaluated, on what, in a line. */
function subtitleOf({ config, engine, models }: EvaluationSetup, { text }: ResultManifest): string {
  const { scorer, ...writing } = models;
  const named = Object.entries(writing).map(([role, { path }]) => `${role} ${path}`);
  const judge = scorer ? `; judge ${scorer.path}` : '';
  return `${named.join(', ')}${judge}. ${textSentence(text!)} Engine ${engine.name}, seed ${evaluationSeed(config)}.`;
}

/** The losses of all runs that models come from. */
async function lossesOf({ scorer: _, ...writing }: EvaluationSetup['models']): Promise<RunLosses> {
  const runs = await Promise.all(Object.values(writing).map(({ path, records }) => readLosses(records?.run ?? path)));
  return {
    curves: Object.assign({}, ...runs.map(({ curves }) => curves)) as RunLosses['curves'],
    notes: [...new Set(runs.flatMap(({ notes }) => notes))],
  };
}

/** How far the student was allowed to drift: by its own run, else as configured; without a guard, what the default would be. */
function driftFactorOf({ config, models }: EvaluationSetup): number {
  const run = models.student?.records?.config;
  return (run ?? config).distillation.guard?.factor ?? DRIFT_FACTOR;
}

/** Why teacher and student are not compared, where both are there. */
function matchNote({ config: { evaluation, sampling }, evaluated }: EvaluationSetup, match?: Match): string[] {
  if (match || evaluated.length < 2) return [];
  return [
    `Teacher and student are not compared: the teacher was not sampled at ${countedSteps(evaluation.compareAt)} (evaluation.compareAt) and temperature ${sampling.temperature}.`,
  ];
}

/** The report of an evaluation. */
export async function evaluationReport({ setup, manifest, match }: EvaluationResult): Promise<ReportData> {
  const losses = await lossesOf(setup.models);
  return {
    title: setup.evaluated.length ? 'Teacher and student' : 'Autoregressive baseline',
    subtitle: subtitleOf(setup, manifest),
    rows: manifest.rows,
    match,
    tolerance: setup.config.evaluation.tolerance,
    losses: losses.curves,
    films: await filmsOf(setup, match),
    driftFactor: driftFactorOf(setup),
    notes: [...(manifest.notes ?? []), ...losses.notes, ...matchNote(setup, match)],
    manifest: { ...manifest, rows: undefined } as ReportData['manifest'],
  };
}
