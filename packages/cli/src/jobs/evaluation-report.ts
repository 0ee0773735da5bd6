import { resolve } from 'node:path';
import { type Match, type ResultManifest, equivalentSteps } from '@idlm/evaluation';
import { BASELINE, type FrameFilm, type ReportData } from '../report/data';
import type { Field, Folders } from './field';
import { film } from './films';
import { readLosses } from './losses';
import { evaluationSeed, sweptTemperatures } from './sampling';

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
function baselineNotes({ baseline, paths }: Field): string[] {
  if (!baseline) return [];
  const judges = paths.scorer && resolve(paths.scorer) === resolve(paths.baseline!);
  return [
    `The ${BASELINE} is autoregressive: it writes from left to right, a token in each step, so that its steps are the tokens of a sample. The first token is drawn by how often it came first in the training text, without the network. Its held-out perplexity is exact and leaves out the first token; those of diffusion models are bounds.`,
    ...(judges ? [`It is also the autoregressive judge, which flatters it: read another judge's column.`] : []),
  ];
}

/** What was evaluated, on what, in a line. */
function subtitleOf({ config, engine, paths }: Field, { bounds = {} }: ResultManifest): string {
  const { scorer: _, ...writing } = paths;
  const models = Object.entries(writing).map(([role, path]) => `${role} ${path}`);
  const likelihood = Object.entries(bounds).map(([name, { perplexity }]) => `${name} ${perplexity.toFixed(2)}`);
  return `${models.join(', ')}; ${config.data.corpus}; engine ${engine.name}; seed ${evaluationSeed(config)}; NELBO perplexity of held-out text: ${likelihood.join(', ')}`;
}

/** The losses of all runs that models come from. */
async function lossesOf({ scorer: _, ...writing }: Folders): Promise<ReportData['losses']> {
  const runs = await Promise.all(Object.values(writing).map(readLosses));
  return Object.assign({}, ...runs) as ReportData['losses'];
}

/**
 * The report of an evaluation.
 * @param folders the runs or model folders that were named
 */
export async function evaluationReport(field: Field, folders: Folders, manifest: ResultManifest): Promise<ReportData> {
  const match = matchOf(field, manifest);
  return {
    title: field.contestants.length ? 'Teacher and student' : 'Autoregressive baseline',
    subtitle: subtitleOf(field, manifest),
    rows: manifest.rows,
    match,
    tolerance: field.config.evaluation.tolerance,
    losses: await lossesOf(folders),
    films: await filmsOf(field, match),
    notes: baselineNotes(field),
    manifest: { ...manifest, rows: undefined },
  };
}
