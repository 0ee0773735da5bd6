import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { EngineName } from '@idlm/engine';
import { EVALUATION_FILES, openOutput } from '@idlm/recipe/records';
import { describeClaim, equalStepsSentence } from '../quickstart/claim';
import { type QuickstartResult, quickstart } from '../quickstart/quickstart';
import { PAIR_PROMPT, writePair } from '../quickstart/pair';
import { quickstartReport } from '../quickstart/report';
import type { QuickstartData, QuickstartFamily } from '../quickstart/settings';
import type { ReportData } from '../report/data';
import { pairSentence } from '../report/pair';
import { claimSentence, renderReport, resolutionSentence, terminalNote, terminalRows } from '../report/report';
import { driftSentence } from '../sentences/drift';
import { tellEvents } from '../sentences/events';
import {
  type Interrupts,
  type Terminal,
  alignedTable,
  duration,
  oneLine,
  terminalReporter,
  wrapped,
} from '../terminal';
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

/** Samples next to one another, as many as fit a screen. */
function showSamples({ match: { teacher, student } }: QuickstartResult, terminal: Terminal): void {
  for (const row of [teacher, student]) {
    terminal.note(`\n${row.model} at ${row.steps} steps:`);
    row.examples.slice(0, 4).forEach((text) => terminal.note(`  ${text}`));
  }
}

/** What the models that come with the package write. */
function showPair({ pair }: ReportData, terminal: Terminal): void {
  if (!pair) return;
  terminal.note(`\n${wrapped(pairSentence(pair))}`);
  for (const { model, steps, texts } of pair.shown) {
    terminal.note(`\n${model} at ${steps} steps:`);
    texts.forEach((text) => terminal.note(wrapped(oneLine(text), '  ')));
  }
}

/** What a run showed, in words, and where it lies. */
function showResult(
  result: QuickstartResult,
  data: ReportData,
  { path, isSmoke }: { readonly path: string; readonly isSmoke: boolean },
  terminal: Terminal,
): void {
  const { rows, match, chosen, reached, seconds, driftFactor } = result;
  const { claim } = chosen;
  showSamples(result, terminal);
  terminal.note(`\n${alignedTable(terminalRows(data))}\n${terminalNote(data)}`);
  terminal.note(`\n${claimSentence(match, data.tolerance)}`);
  terminal.note(resolutionSentence(match));
  const equalSteps = equalStepsSentence(rows, match);
  if (equalSteps) terminal.note(equalSteps);
  terminal.note(driftSentence(match, driftFactor));
  if (!isSmoke && !reached)
    terminal.warn(
      `this run falls short of the quickstart's claim, ${describeClaim({ claim, driftFactor })}; another --seed may reach it`,
    );
  showPair(data, terminal);
  terminal.note(`\nTook ${duration(seconds)}. Open the report in a browser:`);
  terminal.result({ report: path, match, claim, reached, seconds }, () => path);
}

/** `idlm quickstart`: the whole path in a few minutes. One that was interrupted in its folder goes on; any other is replaced. */
export async function quickstartCommand(
  options: QuickstartCommandOptions,
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> {
  const { engine, compile, data: text, family, out, smoke = false } = options;
  const seed = wholeNumber('--seed', options.seed, 0);
  const output = await openOutput({ path: out, kind: 'quickstart', again: true });
  try {
    const reporter = terminalReporter(terminal);
    const onEvent = tellEvents({ terminal, reporter, interrupts, stopped: '; the same command goes on from there.' });
    const { signal } = interrupts;
    const result = await quickstart({
      engine,
      compile,
      data: text,
      family,
      seed,
      out,
      smoke,
      reporter,
      onEvent,
      signal,
    });
    const pair = { prompt: PAIR_PROMPT, shown: await writePair({ engine: result.engine, seed, smoke, signal }) };
    const data = await quickstartReport(result, { out, pair });
    const path = join(out, EVALUATION_FILES.report);
    await writeFileAtomically(join(out, EVALUATION_FILES.data), `${JSON.stringify(data)}\n`);
    await writeFileAtomically(path, renderReport(data));
    showResult(result, data, { path, isSmoke: smoke }, terminal);
  } finally {
    await output.close();
  }
}
