import { join } from 'node:path';
import type { NetworkDescription } from '@idlm/core-diffusion';
import { type Communicator, oneRank, together } from '@idlm/core-diffusion/ranks';
import {
  type LoadedConfig,
  type PartlyRead,
  idleSettings,
  openConfigured,
  plannedEngine,
  requireRead,
} from '@idlm/recipe/config';
import { type GivenModels, evaluateModels, evaluationSize } from '@idlm/recipe/evaluation';
import { readModel, requireModelReading } from '@idlm/recipe/models';
import { EVALUATION_FILES, keepEvaluation, openOutput } from '@idlm/recipe/records';
import { threadsOfRank } from '@idlm/recipe/runs';
import { samplingLoad, workersFor } from '@idlm/recipe/sampling';
import { evaluationReport } from '../report/evaluation';
import { driftSentence } from '../sentences/drift';
import { claimSentence, resolutionSentence, terminalNote, terminalRows } from '../report/report';
import { tellEvents } from '../sentences/events';
import { type Terminal, alignedTable, terminalReporter } from '../terminal';
import type { ConfigOptions } from '../flags/config-flags';
import { describeEvaluationPlan, planEvaluation } from './evaluation-plan';
import { readLoadedConfig } from './shared';
import { type Evaluation, writeEvaluation } from './write-evaluation';

/** Options of `idlm eval`. */
export interface EvalOptions extends ConfigOptions {
  readonly teacher?: string;
  readonly student?: string;
  readonly baseline?: string;
  readonly scorer?: string;
  /** Whether all of the text is held out. */
  readonly zeroShot?: boolean;
  readonly out: string;
  readonly force?: boolean;
  /** Whether it is only said what would be done. */
  readonly dryRun?: boolean;
}

/** What an evaluation found, in words, and where it lies. */
function showEvaluation(folder: string, { manifest: record, report }: Evaluation, terminal: Terminal): void {
  const { match, driftFactor, notes = [] } = report;
  terminal.note(alignedTable(terminalRows(report)));
  terminal.note(terminalNote(report));
  // The manifest's notes were told before anything was sampled.
  notes.filter((note) => !record.notes?.includes(note)).forEach((note) => terminal.note(note));
  if (match) {
    terminal.note(claimSentence(match, report.tolerance));
    const resolution = resolutionSentence(match);
    if (resolution) terminal.note(resolution);
    terminal.note(driftSentence(match, driftFactor));
  }
  const [manifest, page] = [join(folder, EVALUATION_FILES.manifest), join(folder, EVALUATION_FILES.report)];
  terminal.result({ manifest, report: page, match }, () => page);
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

/** Says what would be done, of configurations and headers alone: neither weights nor text are read, and no engine is opened. */
async function showPlan(loaded: LoadedConfig, given: GivenModels, terminal: Terminal): Promise<void> {
  const [size, engine] = [await evaluationSize({ loaded, given }), plannedEngine(loaded)];
  const load = samplingLoad(size.models.flatMap(({ texts }) => texts));
  const workers = workersFor({ engine: { name: engine }, config: loaded.config }, load)?.threads;
  const plan = planEvaluation(size, engine, workers);
  terminal.result(plan, () => describeEvaluationPlan(plan));
}

/** `idlm eval`: numbers, manifest and report of a sweep, in a folder of their own. */
export async function evalCommand(
  options: EvalOptions,
  terminal: Terminal,
  signal: AbortSignal,
  ranks: Communicator = oneRank,
): Promise<void> {
  const flags = options.zeroShot ? [{ path: ['data', 'heldOut'], value: 1, origin: '--zero-shot' }] : [];
  const loaded = await readLoadedConfig(options, flags);
  requireRead(loaded, 'eval');
  // One line of settings serves evaluations of several models.
  idleSettings(loaded, readByModels(options)).forEach((sentence) => terminal.warn(sentence));
  const { teacher, student, baseline, scorer, out, force = false } = options;
  const models: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries({ teacher, student, baseline, scorer }).flatMap(([role, path]) => (path ? [[role, path]] : [])),
  );
  if (options.dryRun) return showPlan(loaded, models, terminal);
  const first = teacher ?? student ?? baseline;
  if (first) await requireModelReading(loaded, await readModel(first, loaded));
  // A folder that cannot be written to is told now, not after minutes of sampling.
  const isFirst = ranks.rank === 0;
  const request = { path: out, kind: 'evaluation', again: true } as const;
  const output = await together(ranks, async () => (isFirst ? openOutput(request) : undefined));
  try {
    const onEvent = tellEvents({ terminal, reporter: terminalReporter(terminal) });
    const threads = await threadsOfRank(ranks);
    const open = (networks: readonly NetworkDescription[]) => openConfigured(loaded, networks, threads);
    const until = ranks.size === 1 ? signal : undefined;
    const shared = { loaded, given: models, folder: out, open, onEvent, signal: until, ranks };
    const evaluated = await evaluateModels(shared);
    if (!isFirst) return;
    const evaluation = { manifest: evaluated.manifest, report: await evaluationReport(evaluated) };
    const kept = force ? undefined : await keepEvaluation(out);
    if (kept) terminal.note(`The evaluation that was in ${out} is now in ${kept}; --force replaces it.`);
    await writeEvaluation(out, evaluation);
    showEvaluation(out, evaluation, terminal);
  } finally {
    await output?.close();
  }
}
