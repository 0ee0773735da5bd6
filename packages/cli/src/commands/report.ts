import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/denoiser/node';
import type { ReportData } from '../report/data';
import { renderQualityPlot, renderReport } from '../report/report';
import type { Terminal } from '../terminal';

/** `idlm report`: the HTML of an evaluation or quickstart again, from its `report.json`, and its plot as SVG. */
export async function report(
  folder: string,
  options: { readonly out?: string; readonly svg?: string },
  terminal: Terminal,
): Promise<void> {
  const path = join(folder, 'report.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new InputError(`${path} does not exist; name a folder written by "idlm eval" or "idlm quickstart".`);
  });
  const data = JSON.parse(text) as ReportData;
  const out = options.out ?? join(folder, 'report.html');
  await writeFileAtomically(out, renderReport(data));
  if (options.svg) await writeFileAtomically(options.svg, renderQualityPlot(data.rows));
  terminal.result({ report: out, svg: options.svg }, () => out);
}
