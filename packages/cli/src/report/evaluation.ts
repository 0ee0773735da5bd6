import { resolve } from 'node:path';
import { DRIFT_FACTOR, type Match, type ResultManifest, equivalentSteps } from '@idlm/evaluation';
import { BASELINE, type Field } from '@idlm/recipe/evaluation';
import { type FrameFilm, evaluationSeed, film, sweptTemperatures } from '@idlm/recipe/sampling';
import { type ReportData, textName } from './data';
import { type RunLosses, readLosses } from './losses';
import { textSentence } from './models';

/** Teacher and student compared, where both were swept at what the comparison needs. */
function matchOf({ config, contestants }: Field, { rows }: ResultManifest): Match | undefined {
  const { compareAt, teacherSteps, tolerance } = config.evaluation;
  const { temperature } = config.sampling;
  const comparable =
    contestants.length === 2 && teacherSteps.includes(compareAt) && sweptTemperatures(config).includes(temperature);
  return comparable ? equivalentSteps(rows, compareAt, { tolerance, temperature }) : undefined;
}

const filmsOf = ({ config, engine, corpus, contestants }: Field, match?: Match): Promise<FrameFilm[]> =>
  Promise.all(
    contestants.map(({ name, steps: tried, ...model }) => {
      const steps = match && name === 'student' ? match.student.steps : Math.max(...tried);
      return film({ ...model, title: `${name}, ${steps} steps`, config, engine, corpus, steps });
    }),
  );

/** What a reader must know of the baseline's numbers. */
export function baselineNotes({ baseline, corpus, models }: Field): string[] {
  if (!baseline) return [];
  const judges = models.scorer && resolve(models.scorer.folder) === resolve(models.baseline!.folder);
  // What stands before a text, or a prompt, leaves no token of it without a context.
  const [drawn, omitted] = corpus.heldOut.valid
    ? ['', '']
    : [
        'The first token is drawn by how often it came first in the training text, without the network. ',
        ' and leaves out the first token',
      ];
  return [
    `The ${BASELINE} is autoregressive: it writes from left to right, a token in each step, so that its steps are the tokens of a sample. ${drawn}Its perplexity of ${textName({ text: corpus.facts })} is exact${omitted}; those of diffusion models are bounds.`,
    ...(judges ? [`It is also the autoregressive judge, which flatters it: read another judge's column.`] : []),
  ];
}

/** What was evaluated, on what, in a line. */
function subtitleOf({ config, engine, models }: Field, { text }: ResultManifest): string {
  const { scorer, ...writing } = models;
  const named = Object.entries(writing).map(([role, { path }]) => `${role} ${path}`);
  const judge = scorer ? `; judge ${scorer.path}` : '';
  return `${named.join(', ')}${judge}. ${textSentence(text!)} Engine ${engine.name}, seed ${evaluationSeed(config)}.`;
}

/** The losses of all runs that models come from. */
async function lossesOf({ scorer: _, ...writing }: Field['models']): Promise<RunLosses> {
  const runs = await Promise.all(Object.values(writing).map(({ path, records }) => readLosses(records?.run ?? path)));
  return {
    curves: Object.assign({}, ...runs.map(({ curves }) => curves)) as RunLosses['curves'],
    notes: [...new Set(runs.flatMap(({ notes }) => notes))],
  };
}

/** How far the student was allowed to drift: by its own run, else as configured; without a guard, what the default would be. */
function driftFactorOf({ config, models }: Field): number {
  const run = models.student?.records?.config;
  return (run ?? config).distillation.guard?.factor ?? DRIFT_FACTOR;
}

/** Why teacher and student are not compared, where both are there. */
function matchNote({ config: { evaluation, sampling }, contestants }: Field, match?: Match): string[] {
  if (match || contestants.length < 2) return [];
  return [
    `Teacher and student are not compared: the teacher was not sampled at ${evaluation.compareAt} steps (evaluation.compareAt) and temperature ${sampling.temperature}.`,
  ];
}

/** What a reader must know of an evaluation, in sentences. */
export const notesOf = (field: Field): string[] => [
  ...field.corpus.notes,
  ...field.warnings,
  ...field.assumed,
  ...baselineNotes(field),
];

/** The report of an evaluation. */
export async function evaluationReport(field: Field, manifest: ResultManifest): Promise<ReportData> {
  const match = matchOf(field, manifest);
  const losses = await lossesOf(field.models);
  return {
    title: field.contestants.length ? 'Teacher and student' : 'Autoregressive baseline',
    subtitle: subtitleOf(field, manifest),
    rows: manifest.rows,
    match,
    tolerance: field.config.evaluation.tolerance,
    losses: losses.curves,
    films: await filmsOf(field, match),
    driftFactor: driftFactorOf(field),
    notes: [...(manifest.notes ?? []), ...losses.notes, ...matchNote(field, match)],
    manifest: { ...manifest, rows: undefined } as ReportData['manifest'],
  };
}
