import type { Json } from '@idlm/core-diffusion';
import { hashOf, tokenizerFiles } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { ManifestText, ResultInputs, ResultManifest } from '@idlm/evaluation';
import type { Config } from '../config/schema';
import { importRecords } from '../records/import-records';
import { placesOf } from '../records/places';
import { settingsRead } from '../records/run-settings';
import type { Sampling } from '../resolved/sampling';
import { evaluationSeed } from '../resolved/streams';
import type { PreparedCorpus } from '../text/corpus';
import { VERSION } from '../version';
import { placedJudge } from './gpt2-judge';

/** What a manifest is made from, beside what was found. */
export interface ManifestOptions extends Pick<
  ResultManifest,
  'models' | 'judges' | 'rows' | 'realText' | 'bounds' | 'notes'
> {
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  /** How its first diffusion model is sampled, or would be. */
  readonly sampling: Sampling;
  /** Folder of the manifest. */
  readonly folder: string;
}

/** Hashes of what an evaluation's numbers follow from. */
export const inputsOf = (corpus: PreparedCorpus, models: ResultInputs['models']): ResultInputs => ({
  models,
  tokenizer: hashOf(tokenizerFiles(corpus.tokenizer)['tokenizer.json']),
  data: corpus.facts.hash,
});

/** What an evaluation's numbers are computed by. */
export const computedBy = ({ name, version }: Engine): Pick<ResultManifest, 'engine' | 'versions'> => ({
  engine: { name, version },
  versions: { idlm: VERSION, node: process.versions.node },
});

/** The settings that an evaluation reads; those of its models are theirs. */
function settingsOf({ config, folder }: ManifestOptions): Json {
  const tokenizer = placesOf(config.data, folder).tokenizer?.absolute ?? config.data.tokenizer;
  const scorers = { ...config.scorers, judges: config.scorers.judges.map(placedJudge) };
  return settingsRead({ ...config, scorers, data: { ...config.data, tokenizer } }, 'eval');
}

function textOf({ config: { data }, corpus, folder }: ManifestOptions): ManifestText {
  const { documents, characters, trainTokens, heldOutTokens, heldOutIsTraining } = corpus.facts;
  const place = placesOf(data, folder).corpus;
  return {
    corpus: data.corpus,
    ...(place ? { absolute: place.absolute, fromManifest: place.fromRun } : {}),
    heldOut: data.heldOut,
    documents,
    characters,
    trainTokens,
    heldOutTokens,
    heldOutIsTraining,
  };
}

/** Everything that an evaluation's numbers depend on, with the numbers. */
export function makeManifest(options: ManifestOptions): ResultManifest {
  const { config, engine, corpus, sampling, folder, models, judges, rows, realText, bounds, notes } = options;
  return {
    format: 2,
    ...inputsOf(corpus, models),
    models,
    judges,
    text: textOf(options),
    config: settingsOf(options),
    seed: evaluationSeed(config),
    sampler: sampling.sampler.spec as unknown as Json,
    ...(config.imports.length ? { imports: importRecords(config.imports, folder) } : {}),
    precision: 'networks float32, sampling float64',
    ...computedBy(engine),
    rows,
    realText,
    bounds,
    notes,
  };
}
