import { extname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { RUN_FILES, acquireLock } from '@idlm/trainer';
import { z } from 'zod';
import { EVALUATION_FILES, readRecord } from '@idlm/recipe/records';
import { renderComparison } from '../report/compare';
import { comparisonSchema, reportSchema } from '../report/parse';
import { renderQualityPlot, renderReport } from '../report/report';
import type { Terminal } from '../terminal';

/** Options of `idlm report`. */
export interface ReportOptions {
  readonly out?: string;
  readonly svg?: string;
}

const ADVICE = 'name a folder written by "idlm eval", "idlm quickstart" or "idlm compare"';

/** @throws InputError for a file of another kind, which would be replaced */
function requireExtension(flag: string, path: string | undefined, extension: string): void {
  if (path !== undefined && extname(path) !== extension)
    throw new InputError(`${flag} takes a file that ends in ${extension}; ${path} was given.`);
}

/** The record of a report as HTML and, where there is one, its plot as SVG. */
async function render(path: string): Promise<{ readonly html: string; readonly svg?: string }> {
  const found = await readRecord(path, z.looseObject({ summaries: z.unknown().optional() }), ADVICE);
  if (!found) throw new InputError(`${path} does not exist; ${ADVICE}.`);
  // It was read just now.
  if (found.summaries !== undefined)
    return { html: renderComparison((await readRecord(path, comparisonSchema, ADVICE))!) };
  const data = (await readRecord(path, reportSchema, ADVICE))!;
  return { html: renderReport(data), svg: renderQualityPlot(data) };
}

/** `idlm report`: the HTML of an evaluation, quickstart or comparison again, from its `report.json`, and its plot as SVG. */
export async function report(folder: string, options: ReportOptions, terminal: Terminal): Promise<void> {
  const { out = join(folder, EVALUATION_FILES.report), svg } = options;
  requireExtension('--out', options.out, '.html');
  requireExtension('--svg', svg, '.svg');
  const path = join(folder, EVALUATION_FILES.data);
  const rendered = await render(path);
  if (svg && rendered.svg === undefined)
    throw new InputError(`${path} is of a comparison, whose plots are in its HTML alone; leave --svg out.`);
  const lock = await acquireLock(join(folder, RUN_FILES.lock));
  try {
    await writeFileAtomically(out, rendered.html);
    if (svg) await writeFileAtomically(svg, rendered.svg!);
  } finally {
    await lock.release();
  }
  terminal.result({ report: out, svg }, () => out);
}
