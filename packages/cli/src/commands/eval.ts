import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/denoiser/node';
import type { ResultManifest, SweepRow } from '@idlm/evaluation';
import { evaluate } from '../jobs/evaluate';
import { evaluationReport } from '../jobs/evaluation-report';
import { type Field, type FieldRequest, type Folders, loadField } from '../jobs/field';
import { openJudges } from '../jobs/judges';
import { likelihoodBounds } from '../jobs/likelihood';
import { makeManifest } from '../jobs/manifest';
import { EVALUATION_FILES, openOutput } from '../jobs/output-folder';
import { sweptTemperatures } from '../jobs/sampling';
import { BASELINE, type ReportData } from '../report/data';
import { claimSentence, driftSentence, renderReport } from '../report/report';
import { type Terminal, type TerminalReporter, terminalReporter } from '../terminal';
import { type ConfigOptions, noteUnread, openConfigured, readLoadedConfig } from './shared';

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
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Cells of a sweep. */
function cellsOf({ config, contestants, baseline }: Field): number {
  const points = contestants.reduce((sum, { steps }) => sum + steps.length, 0) + Number(Boolean(baseline));
  return points * sweptTemperatures(config).length;
}

/** Samples and judges all models. */
async function sweepField(field: Field, reporter: TerminalReporter, signal: AbortSignal): Promise<SweepRow[]> {
  const { config, engine, corpus, paths, contestants, baseline } = field;
  const judges = await openJudges(config, engine, corpus, paths.scorer);
  const cells = cellsOf(field);
  let done = 0;
  const onRow = ({ model, steps }: SweepRow) =>
    reporter.progress('Sampling and judging', ++done, cells, `${model} at ${steps} steps`);
  try {
    const context = { config, engine, corpus, scorers: judges.scorers, signal, onRow };
    return await evaluate(context, contestants, baseline);
  } finally {
    judges.dispose();
  }
}

/** Sweeps the given models; used by `eval` and `reproduce`. */
export async function sweepModels(request: SweepRequest): Promise<{ manifest: ResultManifest; report: ReportData }> {
  const { loaded, folders, terminal, signal } = request;
  const reporter = terminalReporter(terminal);
  const field = await loadField(request, () => openConfigured(loaded.config, reporter));
  const rows = await sweepField(field, reporter, signal);
  const bounds = await likelihoodBounds(field, field.contestants, field.baseline);
  for (const [name, { perplexity, nll, standardError }] of Object.entries(bounds))
    reporter.note(
      `Held-out text under the ${name}: ${name === BASELINE ? 'perplexity' : 'NELBO perplexity'} ${perplexity.toFixed(2)} (${nll.toFixed(3)} ± ${standardError.toFixed(3)} nats per token).`,
    );
  const families = Object.fromEntries(field.contestants.map(({ name, family }) => [name, family.spec]));
  const manifest = await makeManifest({ ...field, models: field.paths, families, rows, bounds });
  return { manifest, report: await evaluationReport(field, folders, manifest) };
}

/** What an evaluation found, in words, and where it lies. */
function showEvaluation(folder: string, { notes, match }: ReportData, terminal: Terminal): void {
  notes?.forEach((note) => terminal.note(note));
  if (match) {
    terminal.note(claimSentence(match));
    terminal.note(driftSentence(match));
  }
  const [manifest, report] = [join(folder, EVALUATION_FILES.manifest), join(folder, EVALUATION_FILES.report)];
  terminal.result({ manifest, report, match }, () => report);
}

/** Writes manifest and report of an evaluation, each whole or not at all. */
async function writeEvaluation(folder: string, manifest: ResultManifest, report: ReportData): Promise<void> {
  const write = (name: keyof typeof EVALUATION_FILES, text: string) =>
    writeFileAtomically(join(folder, EVALUATION_FILES[name]), text);
  await write('manifest', `${JSON.stringify(manifest, null, 2)}\n`);
  await write('data', `${JSON.stringify(report)}\n`);
  await write('report', renderReport(report));
}

/** `idlm eval`: numbers, manifest and report of a sweep, in a folder of their own. */
export async function evalCommand(options: EvalOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const loaded = await readLoadedConfig(options);
  noteUnread(loaded, 'eval', terminalReporter(terminal));
  const { teacher, student, baseline, scorer, out, force = false } = options;
  const folders = Object.fromEntries(
    Object.entries({ teacher, student, baseline, scorer }).filter(([, path]) => path),
  ) as Folders;
  // A folder that cannot be written to is told now, not after minutes of sampling.
  const output = await openOutput({ path: out, kind: 'evaluation', again: force });
  try {
    const { manifest, report } = await sweepModels({ loaded, folders, terminal, signal });
    await writeEvaluation(out, manifest, report);
    showEvaluation(out, report, terminal);
  } finally {
    await output.close();
  }
}
