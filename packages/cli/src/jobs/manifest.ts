import type { Json, Spec } from '@idlm/core-diffusion';
import { hashOf, tokenizerFiles } from '@idlm/data';
import { hashWeights } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import type { ManifestModel, ResultManifest, SweepRow } from '@idlm/evaluation';
import { type Config, samplerFor } from '../config';
import { VERSION } from '../version';
import type { PreparedCorpus } from './corpus';
import { familyFor } from './network';
import { evaluationSeed } from './sampling';

/** What a manifest is made from. */
export interface ManifestOptions {
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  /** Model folders by role. */
  readonly models: Readonly<Partial<Record<string, string>>>;
  /** The families that they are sampled as, by role; absent where all have the configured one. */
  readonly families?: Readonly<Record<string, Spec>>;
  readonly rows: readonly SweepRow[];
  /** Bounds on the likelihood of held-out text by role. */
  readonly bounds?: ResultManifest['bounds'];
}

/** Everything that an evaluation's numbers depend on. */
export async function makeManifest({
  config,
  engine,
  corpus,
  models,
  families = {},
  rows,
  bounds,
}: ManifestOptions): Promise<ResultManifest> {
  const hashed = Object.entries(models).map(async ([name, folder]): Promise<[string, ManifestModel]> => {
    const family = families[name];
    return [name, { folder: folder!, weights: await hashWeights(folder!), ...(family ? { family } : {}) }];
  });
  return {
    format: 1,
    models: Object.fromEntries(await Promise.all(hashed)),
    tokenizer: hashOf(tokenizerFiles(corpus.tokenizer)['tokenizer.json']),
    data: corpus.packed.hash,
    config: config as unknown as Json,
    seed: evaluationSeed(config),
    sampler: samplerFor(config, familyFor(config, corpus.tokenizer)).spec as unknown as Json,
    precision: 'networks float32, sampling float64',
    engine: { name: engine.name, version: engine.version },
    versions: { idlm: VERSION, node: process.versions.node },
    rows,
    bounds,
  };
}
