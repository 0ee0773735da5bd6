import { differences } from '@idlm/trainer';
import { type Trained, environmentOf, manifestOf } from '../records/run-manifest';
import type { RunManifest, RunRecords } from '../records/run-records';
import { type SettingChange, changeOf } from '../records/run-settings';

/** A run that is gone on with. */
export interface Continued {
  readonly records: RunRecords;
  /** Settings in which it goes on otherwise. */
  readonly changes: readonly SettingChange[];
}

/** In what a run goes on otherwise than it began or went on last: settings, and what computes. */
export function changesOf(trained: Pick<Trained, 'engine'>, continued?: Continued): SettingChange[] {
  if (!continued) return [];
  const { manifest } = continued.records;
  const before = manifest && { engine: manifest.engine, versions: manifest.versions };
  const found = before ? differences(before, environmentOf(trained)) : [];
  return [...continued.changes, ...found.map(changeOf)];
}

/** `manifest.json` of a run that begins, or goes on with changes, after `step` updates. */
export function manifestAt(
  trained: Trained,
  { records, changes }: { readonly records?: RunRecords; readonly changes: readonly SettingChange[] },
  step: number,
): RunManifest {
  // After a step back to an earlier checkpoint, what was changed later holds from there on.
  const earlier = (records?.manifest?.changes ?? []).map((one) => ({ ...one, update: Math.min(one.update, step) }));
  const all = [...earlier, ...changes.map((one) => ({ update: step, ...one }))];
  return { ...manifestOf(trained), ...(all.length ? { changes: all } : {}) };
}
