import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/denoiser/node';
import type { ResultManifest, SweepRow } from '@idlm/evaluation';
import { evaluate } from '../jobs/evaluate';
import { evaluationReport } from '../jobs/evaluation-report';
import { type Field, type FieldRequest, type Folders, loadField } from '../jobs/field';
import { openJudges } from '../jobs/judges';
import { likelihoodBounds } from '../jobs/likelihood';
import { makeManifest } from '../jobs/manifest';
import { BASELINE, type ReportData } from '../report/data';
import { claimSentence, driftSentence, renderReport } from '../report/report';
import { type Terminal, type TerminalReporter, terminalReporter } from '../terminal';
import { type ConfigOptions, openConfigured, readLoadedConfig } from './shared';

/** Options of `idlm eval`. */
export interface EvalOptions extends ConfigOptions {
  readonly teacher?: string;
  readonly student?: string;
  readonly baseline?: string;
  readonly scorer?: string;
  readonly out: string;
}

/** What is swept, and where that is reported. */
export interface SweepRequest extends FieldRequest {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Cells of a sweep. */
function cellsOf({ config, contestants, baseline }: Field): number {
  const points = contestants.reduce((sum, { steps }) => sum + steps.length, 0) + Number(Boolean(baseline));
  return points * config.evaluation.temperatures.length;
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

/** `idlm eval`: numbers, manifest and report of a sweep. */
export async function evalCommand(options: EvalOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const loaded = await readLoadedConfig(options);
  const { teacher, student, baseline, scorer } = options;
  const folders = Object.fromEntries(
    Object.entries({ teacher, student, baseline, scorer }).filter(([, path]) => path),
  ) as Folders;
  const { manifest, report } = await sweepModels({ loaded, folders, terminal, signal });
  await writeFileAtomically(join(options.out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFileAtomically(join(options.out, 'report.json'), `${JSON.stringify(report)}\n`);
  await writeFileAtomically(join(options.out, 'report.html'), renderReport(report));
  report.notes?.forEach((note) => terminal.note(note));
  if (report.match) {
    terminal.note(claimSentence(report.match));
    terminal.note(driftSentence(report.match));
  }
  terminal.result(
    { manifest: join(options.out, 'manifest.json'), report: join(options.out, 'report.html'), match: report.match },
    () => join(options.out, 'report.html'),
  );
}
