import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { EvaluationResult } from '@idlm/recipe/evaluation';
import { EVALUATION_FILES } from '@idlm/recipe/records';
import type { ReportData } from '../report/data';
import { renderReport } from '../report/report';

/** An evaluation with its report. */
export interface Evaluation extends Pick<EvaluationResult, 'manifest'> {
  readonly report: ReportData;
}

/** Writes manifest and report of an evaluation, each whole or not at all. */
export async function writeEvaluation(folder: string, { manifest, report }: Evaluation): Promise<void> {
  const write = (name: keyof typeof EVALUATION_FILES, text: string) =>
    writeFileAtomically(join(folder, EVALUATION_FILES[name]), text);
  await write('manifest', `${JSON.stringify(manifest, null, 2)}\n`);
  await write('data', `${JSON.stringify(report)}\n`);
  await write('report', renderReport(report));
}
