import { differences } from '@idlm/trainer';
import { environmentOf, manifestOf } from '../jobs/run-manifest';
import type { RunManifest } from '../jobs/run-records';
import { type Change, changeOf } from '../jobs/run-settings';
import type { RunRequest } from './run';

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
export function manifestAt(request: RunRequest, changes: readonly Change[], step: number): RunManifest {
  // After a step back to an earlier checkpoint, what was changed later holds from there on.
  const earlier = (request.resumed?.records.manifest?.changes ?? []).map((one) => ({
    ...one,
    update: Math.min(one.update, step),
  }));
  const all = [...earlier, ...changes.map((one) => ({ update: step, ...one }))];
  return { ...manifestOf(request), ...(all.length ? { changes: all } : {}) };
}
