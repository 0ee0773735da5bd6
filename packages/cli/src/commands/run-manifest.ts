import { type Json } from '@idlm/core-diffusion';
import { hashOf, tokenizerFiles } from '@idlm/data';
import { differences } from '@idlm/trainer';
import { textRecord } from '../jobs/corpus-description';
import { placesOf } from '../jobs/places';
import type { RunManifest } from '../jobs/run-records';
import { type Change, changeOf } from '../jobs/run-settings';
import { VERSION } from '../version';
import type { RunRequest } from './run';

/** What a resumed run must share with its checkpoint. */
interface RunIdentity extends Readonly<Record<string, Json>> {
  readonly seed: number;
  /** Hashes. */
  readonly data: string;
  readonly tokenizer: string;
}

/** What a resumed run must share with its checkpoint: seed and hashes. */
export const identityOf = ({ config, corpus, identity }: RunRequest): RunIdentity => ({
  seed: config.seed,
  data: corpus.packed.hash,
  tokenizer: hashOf(tokenizerFiles(corpus.tokenizer)['tokenizer.json']),
  ...identity,
});

/** What computes, as records tell it. */
const environmentOf = ({ engine: { name, version } }: Pick<RunRequest, 'engine'>) => ({
  engine: { name, version },
  versions: { idlm: VERSION, node: process.versions.node },
});

/** In what a run goes on otherwise than it began or went on last: settings, and what computes. */
export function changesOf(request: RunRequest): Change[] {
  const { resumed } = request;
  if (!resumed) return [];
  const { manifest } = resumed.records;
  const before = manifest && { engine: manifest.engine, versions: manifest.versions };
  const found = before ? differences(before, environmentOf(request)) : [];
  return [...resumed.changes, ...found.map(changeOf)];
}

/** `manifest.json` of a run that begins, or goes on with changes, after `step` updates. */
export function manifestOf(request: RunRequest, changes: readonly Change[], step: number): RunManifest {
  const { config, corpus, path, role, resumed } = request;
  // After a step back to an earlier checkpoint, what was changed later holds from there on.
  const earlier = (resumed?.records.manifest?.changes ?? []).map((one) => ({
    ...one,
    update: Math.min(one.update, step),
  }));
  const all = [...earlier, ...changes.map((one) => ({ update: step, ...one }))];
  return {
    role,
    ...identityOf(request),
    text: textRecord(config.data, corpus),
    places: placesOf(config.data, path),
    ...environmentOf(request),
    ...(all.length ? { changes: all } : {}),
  };
}
