import type { Json } from '@idlm/core-diffusion';
import type { ManifestModel } from '@idlm/evaluation';
import { textName } from '@idlm/recipe/evaluation';
import { settingsOf } from '@idlm/recipe/records';
import { armCurves, realOf, verdicts } from '../compare';
import type { ComparisonReport } from '../compare';
import type { ReportData } from '../data';
import { driftSentence } from '../../sentences/drift';
import { armLine, realLine, sweepLine } from '../lines';
import { readLosses } from '../losses';
import { usualCurves } from '../quality-sections';
import { claimSentence } from '../sections';
import { type ReadRun } from './read-run';
import type { ReportedRun } from './run';

type RunContent = Omit<ReportedRun, 'name' | 'path' | 'kind'>;

/** JSON of a value without what it leaves undefined. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

const settingsOfModel = ({ weights, family, sampler, parameters, origin }: ManifestModel) => ({
  ...{ weights, family, parameters },
  ...(sampler === undefined ? {} : { sampling: { sampler } }),
  ...(origin ? { updates: origin.updates, text: origin.text, training: origin.settings } : {}),
});

/** What an evaluation's numbers follow from. */
function settingsOfEvaluation({ manifest }: ReportData): Json {
  const { models = {}, config, seed, sampler, text, data, tokenizer, judges, engine, versions } = manifest;
  const configured = config as { readonly data?: object; readonly sampling?: object } | undefined;
  return plain({
    ...configured,
    ...{ seed, judges, versions },
    // The sampler that was used, where the configuration leaves it to the family.
    sampling: { ...configured?.sampling, ...(sampler === undefined ? {} : { sampler }) },
    data: { ...configured?.data, sha256: data },
    ...{ tokenizer, runtime: engine, text: text && { documents: text.documents, heldOutTokens: text.heldOutTokens } },
    models: Object.fromEntries(Object.entries(models).map(([role, model]) => [role, settingsOfModel(model)])),
  });
}

const ofEvaluation = (data: ReportData): RunContent => ({
  about: [data.title, data.subtitle].filter(Boolean).join(': '),
  settings: settingsOfEvaluation(data),
  lines: data.rows.map(sweepLine),
  real: data.manifest.realText
    ? [realLine(data.manifest.realText, textName(data.manifest), data.rows[0]?.driftFloor)]
    : [],
  curves: usualCurves(data),
  ...{ losses: data.losses, films: data.films },
  notes: [
    ...(data.match ? [claimSentence(data.match, data.tolerance), driftSentence(data.match, data.driftFactor)] : []),
    ...(data.notes ?? []),
  ],
});

/** What a comparison's numbers follow from. */
function settingsOfComparison(manifest: unknown): Json {
  const { config, ...others } = (manifest ?? {}) as { readonly config?: object };
  return plain({ ...config, ...others });
}

const ofComparison = (report: ComparisonReport): RunContent => ({
  about: report.subtitle,
  settings: settingsOfComparison(report.manifest),
  lines: report.summaries.map(armLine),
  real: realOf(report),
  curves: armCurves(report),
  ...{ losses: {}, films: [] },
  notes: [...verdicts(report), ...(report.notes ?? [])],
});

async function ofTraining({
  run,
  config,
  manifest,
}: Extract<ReadRun, { kind: 'training run' }>['records']): Promise<RunContent> {
  const { curves: losses, notes } = await readLosses(run);
  const { role = 'teacher', engine, versions, data, tokenizer, text } = manifest ?? {};
  return {
    about: `${role} on ${text?.corpus ?? config.data.corpus}`,
    settings: plain({ ...settingsOf(config, role), role, sha256: { data, tokenizer }, runtime: engine, versions }),
    ...{ lines: [], real: [], curves: [], losses, films: [], notes: [...(manifest?.notes ?? []), ...notes] },
  };
}

/** What a report shows of a run beside others. @param name as the others are not called */
export async function reportedRun(name: string, path: string, read: ReadRun): Promise<ReportedRun> {
  const told =
    read.kind === 'comparison'
      ? ofComparison(read.report)
      : read.kind === 'evaluation'
        ? ofEvaluation(read.data)
        : await ofTraining(read.records);
  return { ...told, name, path, kind: read.kind };
}
