import type { Json } from '@idlm/core-diffusion';
import { hashOf, tokenizerFiles } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { Config } from '../config/schema';
import type { PreparedCorpus } from '../text/corpus';
import { VERSION } from '../version';
import { importRecords } from './import-records';
import { placesOf } from './places';
import type { RunManifest, RunRole } from './run-records';
import { textRecord } from './text-record';

/** What a trained network is told by. */
export interface Trained {
  readonly role: RunRole;
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  /** Folder of its records. */
  readonly path: string;
  /** Hashes that a resumed run must share, beside data and tokenizer. */
  readonly identity?: Readonly<Record<string, Json>>;
  /** What was assumed of the model that it is made from, and in what that is used otherwise than it was trained, in sentences. */
  readonly notes?: readonly string[];
}

/** What a resumed run must share with its checkpoint. */
interface RunIdentity extends Readonly<Record<string, Json>> {
  readonly seed: number;
  /** Hashes. */
  readonly data: string;
  readonly tokenizer: string;
}

/** What a resumed run must share with its checkpoint: seed and hashes. */
export const identityOf = ({ config, corpus, identity }: Trained): RunIdentity => ({
  seed: config.seed,
  data: corpus.facts.hash,
  tokenizer: hashOf(tokenizerFiles(corpus.tokenizer)['tokenizer.json']),
  ...identity,
});

/** What computes, as records tell it. */
export const environmentOf = ({ engine: { name, version } }: Pick<Trained, 'engine'>) => ({
  engine: { name, version },
  versions: { idlm: VERSION, node: process.versions.node },
});

/** Modules that it is made with, where there are any. */
function importsOf({ config, path }: Trained): Pick<RunManifest, 'imports'> {
  return config.imports.length ? { imports: importRecords(config.imports, path) } : {};
}

/** `manifest.json` of a run that begins. */
export const manifestOf = (trained: Trained): RunManifest => ({
  role: trained.role,
  ...identityOf(trained),
  text: textRecord(trained.config.data, trained.corpus),
  places: placesOf(trained.config.data, trained.path),
  ...importsOf(trained),
  ...(trained.notes?.length ? { notes: [...trained.notes] } : {}),
  ...environmentOf(trained),
});
