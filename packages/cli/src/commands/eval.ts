import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { ManifestBound, ResultInputs, ResultManifest } from '@idlm/evaluation';
import { type EvaluationEvent, type OnEvent } from '@idlm/recipe';
import { type PartlyRead, idleSettings, openConfigured, requireRead } from '@idlm/recipe/config';
import {
  type Field,
  type FieldRequest,
  type FieldRole,
  type Folders,
  computedBy,
  inputsOf,
  likelihoodBounds,
  loadField,
  makeManifest,
  modelFacts,
  sweepAndJudge,
} from '@idlm/recipe/evaluation';
import { readModel, requireModelReading } from '@idlm/recipe/models';
import { EVALUATION_FILES, keepEvaluation, openOutput } from '@idlm/recipe/records';
import type { ReportData } from '../report/data';
import { baselineNotes, evaluationReport, notesOf } from '../report/evaluation';
import { claimSentence, driftSentence, renderReport, terminalRows } from '../report/report';
import { tellEvents } from '../sentences/events';
import { type Terminal, alignedTable, terminalReporter } from '../terminal';
import { type ConfigOptions, readLoadedConfig } from './shared';

/** Options of `idlm eval`. */
export interface EvalOptions extends ConfigOptions {
  readonly teacher?: string;
  readonly student?: string;
  readonly baseline?: string;
  readonly scorer?: string;
  readonly out: string;
  readonly force?: boolean;
}

/** What is swept, and where that is reported. */
export interface SweepRequest extends FieldRequest {
  /** Folder of the manifest. */
  readonly folder: string;
  /** Called with what the numbers will follow from, before anything is sampled. */
  readonly onInputs?: (inputs: ResultInputs & Pick<ResultManifest, 'engine' | 'versions'>) => void;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** An evaluation with its report. */
export interface Evaluation {
  readonly manifest: ResultManifest;
  readonly report: ReportData;
}

/** Bounds on the likelihood of the text, told one by one. */
async function boundsOf(field: Field, onEvent: OnEvent<EvaluationEvent>): Promise<Record<string, ManifestBound>> {
  const found = await likelihoodBounds(field, field.contestants, field.baseline);
  const bounds = Object.entries(found).map(([name, bound]): [string, ManifestBound] => {
    const origin = field.models[name as FieldRole]?.records?.manifest?.role;
    return [name, { ...bound, comparable: name !== 'student' && origin !== 'student' }];
  });
  const { heldOutIsTraining } = field.corpus.facts;
  for (const [model, bound] of bounds) onEvent({ kind: 'bound', model, bound, heldOutIsTraining });
  return Object.fromEntries(bounds);
}

/** Sweeps the given models; used by `eval` and `reproduce`. */
export async function sweepModels(request: SweepRequest): Promise<Evaluation> {
  const { loaded, folder, onInputs, terminal, signal } = request;
  const reporter = terminalReporter(terminal);
  reporter.doing('Reading the text');
  const onEvent = tellEvents({ terminal, reporter });
  const field = await loadField({ ...request, onEvent }, () => openConfigured(loaded));
  const { config, corpus } = field;
  onEvent({ kind: 'text', data: config.data, corpus });
  // Under --quiet, too, nobody is to take training text for held-out text.
  const tell = corpus.facts.heldOutIsTraining ? terminal.warn : terminal.note;
  corpus.notes.forEach((note) => tell(note));
  field.warnings.forEach((warning) => terminal.warn(warning));
  [...field.assumed, ...baselineNotes(field)].forEach((note) => terminal.note(note));
  const models = await modelFacts(field, folder);
  onInputs?.({ ...inputsOf(corpus, models), ...computedBy(field.engine) });
  const found = await sweepAndJudge({ ...field, scorer: field.models.scorer?.folder, onEvent, signal });
  const bounds = await boundsOf(field, onEvent);
  const manifest = makeManifest({ ...field, ...found, models, folder, bounds, notes: notesOf(field) });
  return { manifest, report: await evaluationReport(field, manifest) };
}

/** What an evaluation found, in words, and where it lies. */
function showEvaluation(folder: string, { manifest: record, report }: Evaluation, terminal: Terminal): void {
  const { match, driftFactor, notes = [] } = report;
  terminal.note(alignedTable(terminalRows(report)));
  // The manifest's notes were told before anything was sampled.
  notes.filter((note) => !record.notes?.includes(note)).forEach((note) => terminal.note(note));
  if (match) {
    terminal.note(claimSentence(match));
    terminal.note(driftSentence(match, driftFactor));
  }
  const [manifest, page] = [join(folder, EVALUATION_FILES.manifest), join(folder, EVALUATION_FILES.report)];
  terminal.result({ manifest, report: page, match }, () => page);
}

/** Writes manifest and report of an evaluation, each whole or not at all. */
async function writeEvaluation(folder: string, { manifest, report }: Evaluation): Promise<void> {
  const write = (name: keyof typeof EVALUATION_FILES, text: string) =>
    writeFileAtomically(join(folder, EVALUATION_FILES[name]), text);
  await write('manifest', `${JSON.stringify(manifest, null, 2)}\n`);
  await write('data', `${JSON.stringify(report)}\n`);
  await write('report', renderReport(report));
}

/** What is read only where models of some kinds are given. */
function readByModels({ teacher, student }: EvalOptions): PartlyRead[] {
  const [hasTeacher, hasStudent] = [teacher !== undefined, student !== undefined];
  return [
    { fields: ['evaluation.teacherSteps'], isRead: hasTeacher, otherwise: 'no teacher is given' },
    { fields: ['evaluation.studentSteps'], isRead: hasStudent, otherwise: 'no student is given' },
    {
      fields: ['evaluation.compareAt', 'evaluation.tolerance'],
      isRead: hasTeacher && hasStudent,
      otherwise: 'a teacher and a student are compared, and one of them is not given',
    },
    {
      fields: ['sampling.sampler', 'sampling.spacing', 'family', 'model.timeConditioning'],
      isRead: hasTeacher || hasStudent,
      otherwise: 'a baseline writes a token at a time, without a kind of diffusion',
    },
  ];
}

/** `idlm eval`: numbers, manifest and report of a sweep, in a folder of their own. */
export async function evalCommand(options: EvalOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const loaded = await readLoadedConfig(options);
  requireRead(loaded, 'eval');
  // One line of settings serves evaluations of several models.
  idleSettings(loaded, readByModels(options)).forEach((sentence) => terminal.warn(sentence));
  const { teacher, student, baseline, scorer, out, force = false } = options;
  const folders = Object.fromEntries(
    Object.entries({ teacher, student, baseline, scorer }).filter(([, path]) => path),
  ) as Folders;
  const first = teacher ?? student ?? baseline;
  if (first) await requireModelReading(loaded, await readModel(first, loaded));
  // A folder that cannot be written to is told now, not after minutes of sampling.
  const output = await openOutput({ path: out, kind: 'evaluation', again: true });
  try {
    const evaluation = await sweepModels({ loaded, folders, folder: out, terminal, signal });
    const kept = force ? undefined : await keepEvaluation(out);
    if (kept) terminal.note(`The evaluation that was in ${out} is now in ${kept}; --force replaces it.`);
    await writeEvaluation(out, evaluation);
    showEvaluation(out, evaluation, terminal);
  } finally {
    await output.close();
  }
}
