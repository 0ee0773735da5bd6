import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { DRIFT_FACTOR, manifestSchema, sweepCellSchema } from '@idlm/evaluation';
import { EVALUATION_FILES, QUICKSTART_FILES, type RunRecords, readRecord, readRunRecords } from '@idlm/recipe/records';
import { z } from 'zod';
import type { ComparisonReport } from '../compare';
import type { ReportData } from '../data';
import { comparisonSchema, matchSchema, reportSchema } from '../parse';

/** A record of results. */
type Results =
  | { readonly kind: 'evaluation'; readonly data: ReportData }
  | { readonly kind: 'comparison'; readonly report: ComparisonReport };

/** What was read of a run. */
export type ReadRun = Results | { readonly kind: 'training run'; readonly records: RunRecords };

const ADVICE =
  'name what "idlm eval", "idlm quickstart", "idlm compare", "idlm train" or "idlm distill" wrote: its folder, or its report.json';

/** What a report shows of rows alone. */
const ofRows = {
  ...{ title: 'Evaluation', subtitle: '', tolerance: 0.03, losses: {}, films: [], driftFactor: DRIFT_FACTOR },
  manifest: {},
} as const;

/** `manifest.json` of an evaluation, as a report of it. */
const manifestAsReport = manifestSchema.transform(({ rows, ...manifest }): ReportData => ({
  ...{ ...ofRows, rows, notes: manifest.notes },
  manifest: manifest as ReportData['manifest'],
}));

/** `sweep.json` of a quickstart, as a report of it. */
const sweepAsReport = z
  .object({ rows: z.array(sweepCellSchema), match: matchSchema.optional() })
  .transform((sweep): ReportData => ({ ...ofRows, ...sweep }));

/** By which fields a record is known; the first that has them is taken. */
const RECORDS: readonly (readonly [field: string, schema: z.ZodType<Results>])[] = [
  ['summaries', comparisonSchema.transform((report) => ({ kind: 'comparison', report }))],
  ...(
    [
      ['films', reportSchema],
      ['format', manifestAsReport],
      ['rows', sweepAsReport],
    ] as const
  ).map(([field, schema]) => [field, schema.transform((data) => ({ kind: 'evaluation' as const, data }))] as const),
];

/** A record by its fields; undefined where it is none that a report shows, or not there. */
async function readResults(file: string): Promise<Results | undefined> {
  const found = await readRecord(file, z.looseObject({}), ADVICE);
  const [, schema] = RECORDS.find(([field]) => found?.[field] !== undefined) ?? [];
  return schema && readRecord(file, schema, ADVICE);
}

/**
 * What a path leads to: the record in a folder of an evaluation, a quickstart, a comparison or a training run, or a record itself.
 * @throws InputError in one sentence where it is nothing of these, or damaged
 */
export async function readRun(path: string): Promise<ReadRun> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new InputError(`${path} does not exist; ${ADVICE}.`);
  const files = found.isDirectory()
    ? [EVALUATION_FILES.data, QUICKSTART_FILES.sweep, EVALUATION_FILES.manifest].map((name) => join(path, name))
    : [path];
  for (const file of files) {
    const results = await readResults(file);
    if (results) return results;
  }
  const records = found.isDirectory() ? await readRunRecords(path, ADVICE) : undefined;
  if (records) return { kind: 'training run', records };
  throw new InputError(`${path} holds no results that a report shows; ${ADVICE}.`);
}
