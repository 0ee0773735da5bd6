import { mkdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { EVALUATION_FILES } from '@idlm/recipe/records';
import { RUN_FILES, acquireLock } from '@idlm/trainer';
import { renderComparison } from '../report/compare';
import { renderQualityPlot, renderReport } from '../report/report';
import { asCsv, asJson, asMarkdown, terminalTable } from '../report/runs/formats';
import { shortNames } from '../report/runs/names';
import { renderRuns } from '../report/runs/page';
import { type ReadRun, readRun } from '../report/runs/read-run';
import { reportedRun } from '../report/runs/reported-run';
import { type RunsTable, tableOf } from '../report/runs/runs-table';
import type { Terminal } from '../terminal';

/** What a report is written as. */
const FORMATS = ['html', 'md', 'json', 'csv'] as const;

/** What a report is written as. */
type ReportFormat = (typeof FORMATS)[number];

/** Options of `idlm report`. */
export interface ReportOptions {
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly svg?: string;
}

/** @throws InputError for a file of another kind, which would be replaced */
function requireExtension(flag: string, path: string | undefined, extension: string): void {
  if (path !== undefined && extname(path) !== extension)
    throw new InputError(`${flag} takes a file that ends in ${extension}; ${path} was given.`);
}

/** The format that is asked for, by name or by the name of the file. */
function formatOf({ format, out = '' }: ReportOptions): ReportFormat {
  return format ?? FORMATS.find((one) => extname(out) === `.${one}`) ?? 'html';
}

/** The folder of a run. */
const folderOf = async (path: string): Promise<string> => ((await stat(path)).isDirectory() ? path : dirname(path));

/** The page of one run, or of several beside each other. */
function htmlOf(read: readonly ReadRun[], table: RunsTable): string {
  const [only] = read;
  if (read.length > 1 || !only || only.kind === 'training run') return renderRuns(table);
  return only.kind === 'comparison' ? renderComparison(only.report) : renderReport(only.data);
}

/** The plot of one run's quality. @throws InputError for what has none in a file of its own */
function svgOf(read: readonly ReadRun[], svg: string | undefined): string | undefined {
  if (svg === undefined) return undefined;
  const [only] = read;
  if (read.length > 1 || only?.kind !== 'evaluation')
    throw new InputError('--svg writes the plot of one evaluation or quickstart; name that alone, or leave --svg out.');
  return renderQualityPlot(only.data);
}

/** Writes files, into a run's folder while no other process does. */
async function write(files: Readonly<Record<string, string>>, folder?: string): Promise<void> {
  const lock = folder === undefined ? undefined : await acquireLock(join(folder, RUN_FILES.lock));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomically(path, text);
    }
  } finally {
    await lock?.release();
  }
}

/** The page, in a file: by default in the run's own folder, and that of several in `runs`. */
async function writePage(
  paths: readonly string[],
  { out, svg }: ReportOptions,
  html: string,
  plot: string | undefined,
): Promise<string> {
  const folder = paths.length === 1 ? await folderOf(paths[0]!) : undefined;
  const path = out ?? join(folder ?? 'runs', EVALUATION_FILES.report);
  await write({ [path]: html, ...(svg && plot !== undefined ? { [svg]: plot } : {}) }, out ? undefined : folder);
  return path;
}

/** `idlm report`: a run as a page or a table, or several beside each other, from the records that their commands wrote. */
export async function report(paths: readonly string[], options: ReportOptions, terminal: Terminal): Promise<void> {
  const { out, svg } = options;
  const format = formatOf(options);
  requireExtension('--out', out, `.${format}`);
  requireExtension('--svg', svg, '.svg');
  const names = shortNames(paths);
  const read = await Promise.all(paths.map(readRun));
  const plot = svgOf(read, svg);
  if (svg && format !== 'html') throw new InputError('--svg goes with --format html; leave one of the two out.');
  const table = tableOf(await Promise.all(read.map((one, i) => reportedRun(names[i]!, paths[i]!, one))));
  if (format === 'html') {
    const path = await writePage(paths, options, htmlOf(read, table), plot);
    if (paths.length > 1) terminal.note(terminalTable(table));
    return terminal.result({ report: path, svg }, () => path);
  }
  const text = { md: asMarkdown, csv: asCsv, json: (all: RunsTable) => JSON.stringify(asJson(all), null, 2) }[format](
    table,
  );
  if (out === undefined) return terminal.result(asJson(table), () => text);
  await write({ [out]: `${text}\n` });
  terminal.result({ report: out }, () => out);
}
