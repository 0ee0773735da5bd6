import { join } from 'node:path';
import type { EngineName } from '@idlm/engine';
import { writeFileAtomically } from '@idlm/denoiser/node';
import { film } from '../jobs/films';
import { makeManifest } from '../jobs/manifest';
import { openOutput } from '../jobs/output-folder';
import { familyFor, networkConfig } from '../jobs/network';
import { assetFolder } from '../quickstart/assets';
import { describeClaim, equalStepsSentence } from '../quickstart/claim';
import { type QuickstartData, type QuickstartFamily } from '../quickstart/settings';
import { type QuickstartResult, quickstart } from '../quickstart/quickstart';
import type { ReportData } from '../report/data';
import { claimSentence, driftSentence, renderReport } from '../report/report';
import { type Terminal, duration, terminalReporter } from '../terminal';
import { wholeNumber } from './shared';

/** Options of `idlm quickstart`. */
export interface QuickstartCommandOptions {
  readonly engine: EngineName | 'auto';
  /** False with `--no-compile`. */
  readonly compile: boolean;
  readonly data: QuickstartData;
  readonly family: QuickstartFamily;
  readonly seed: string;
  readonly out: string;
  readonly smoke?: boolean;
}

const TITLES: Readonly<Record<QuickstartData, string>> = { 'moby-dick': 'Moby-Dick', words: 'English words' };

async function reportData(result: QuickstartResult, out: string): Promise<ReportData> {
  const { config, engine, corpus, rows, match, history, seconds } = result;
  const network = networkConfig(config, corpus.tokenizer);
  const shared = { config, engine, corpus, network, family: familyFor(config, corpus.tokenizer) };
  const films = [
    await film({
      ...shared,
      title: `Student, ${match.student.steps} steps`,
      parameters: result.student,
      steps: match.student.steps,
    }),
    await film({
      ...shared,
      title: `Teacher, ${match.teacher.steps} steps`,
      parameters: result.teacher,
      steps: match.teacher.steps,
    }),
  ];
  const { scorer } = result;
  const models = {
    teacher: join(out, 'teacher'),
    student: join(out, 'student'),
    ...(scorer ? { scorer: assetFolder(scorer) } : {}),
  };
  const { rows: _rows, ...manifest } = await makeManifest({ config, engine, corpus, models, rows });
  return {
    title: `IDLM quickstart: ${TITLES[config.data.corpus as QuickstartData]} in a few steps`,
    subtitle: `${config.family.name}; engine ${engine.name} (${engine.version}); seed ${config.seed}; ${duration(seconds)}; ${match.teacher.samples} samples per point.`,
    rows,
    match,
    tolerance: config.evaluation.tolerance,
    losses: Object.fromEntries(
      Object.entries(history).map(([name, values]) => [name, values.map((loss, k) => [k + 1, loss] as const)]),
    ),
    films,
    manifest,
  };
}

/** Samples next to one another, as many as fit a screen. */
function showSamples({ match: { teacher, student } }: QuickstartResult, terminal: Terminal): void {
  for (const row of [teacher, student]) {
    terminal.note(`\n${row.model} at ${row.steps} steps:`);
    row.examples.slice(0, 4).forEach((text) => terminal.note(`  ${text}`));
  }
}

/** What a run showed, in words, and where it lies. */
function showResult(result: QuickstartResult, path: string, isSmoke: boolean, terminal: Terminal): void {
  const { rows, match, claim, reached, seconds } = result;
  showSamples(result, terminal);
  terminal.note(`\n${claimSentence(match)}`);
  const equalSteps = equalStepsSentence(rows, match);
  if (equalSteps) terminal.note(equalSteps);
  terminal.note(driftSentence(match));
  if (!isSmoke && !reached)
    terminal.warn(
      `this run falls short of the quickstart's claim, ${describeClaim(claim)}; another --seed may reach it`,
    );
  terminal.note(`Took ${duration(seconds)}. Open the report in a browser:`);
  terminal.result({ report: path, match, claim, reached, seconds }, () => path);
}

/** `idlm quickstart`: the whole path in a few minutes. An earlier quickstart in its folder is replaced. */
export async function quickstartCommand(
  options: QuickstartCommandOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { engine, compile, data: text, family, out, smoke = false } = options;
  const seed = wholeNumber('--seed', options.seed, 0);
  const output = await openOutput({ path: out, kind: 'quickstart', again: true });
  try {
    const reporter = terminalReporter(terminal);
    const result = await quickstart({ engine, compile, data: text, family, seed, out, smoke, reporter, signal });
    const data = await reportData(result, out);
    await writeFileAtomically(join(out, 'report.json'), `${JSON.stringify(data)}\n`);
    const path = join(out, 'report.html');
    await writeFileAtomically(path, renderReport(data));
    showResult(result, path, smoke, terminal);
  } finally {
    await output.close();
  }
}
