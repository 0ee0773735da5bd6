import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import {
  type CheckpointRef,
  type GuardTimes,
  RUN_FILES,
  diskCheckpointStore,
  isFinished,
  requireGuard,
  requireState,
  savedState,
} from '@idlm/trainer';
import { type LoadedConfig, originOf } from '../config/load';
import type { Config } from '../config/schema';
import { changedImports } from '../records/import-records';
import { PLACED, findPlace } from '../records/places';
import type { RunRecords, RunRole } from '../records/run-records';
import { changesBetween, requireSameRun } from '../records/run-settings';
import { guardTimes } from './guard';
import type { Continued } from './run-changes';
import { validationTimes } from './validation';

/** A run that is gone on with. */
export interface Resumed extends Continued {
  /** Updates that it has made, and is to make in all. */
  readonly step: number;
  readonly updates: number;
  /** The last checkpoint, where nothing is left to do. */
  readonly finished?: CheckpointRef;
}

/** Path of a run's number of updates, and when its result is looked at. */
const LENGTH: Readonly<
  Record<RunRole, { path: string; updates(config: Config): number; times(config: Config): GuardTimes | undefined }>
> = {
  teacher: {
    path: 'teacher.updates',
    updates: ({ teacher }) => teacher.updates,
    times: (config) => validationTimes(config, 'teacher'),
  },
  scorer: {
    path: 'scorers.autoregressive.updates',
    updates: ({ scorers }) => scorers.autoregressive.updates,
    times: (config) => validationTimes(config, 'scorer'),
  },
  student: {
    path: 'distillation.updates',
    updates: ({ distillation }) => distillation.updates,
    times: guardTimes,
  },
};

/**
 * What there is to go on with.
 * @throws InputError if the run is of another kind, settings differ that a run keeps, or it has made more updates than are set
 */
export async function resumedRun(loaded: LoadedConfig, records: RunRecords, role: RunRole): Promise<Resumed> {
  const { run, config, manifest } = records;
  if (manifest?.role !== undefined && manifest.role !== role)
    throw new InputError(`${run} holds the run of a ${manifest.role}; go on with it by the command that began it.`);
  const changes = [
    ...changesBetween(config, loaded.config, role),
    ...changedImports(manifest?.imports ?? [], loaded.config.imports),
  ];
  requireSameRun(run, loaded, changes);
  const saved = await savedState(diskCheckpointStore(join(run, RUN_FILES.checkpoints)));
  if (saved) requireState(saved.state, `The checkpoint ${saved.checkpoint.path}`);
  const step = saved?.state.step ?? 0;
  const { path, updates: updatesOf, times } = LENGTH[role];
  const updates = updatesOf(loaded.config);
  if (updates < step)
    throw new InputError(
      `${run} has made ${step} updates, and ${originOf(loaded, path) ?? 'the configuration'} sets ${path} to ${updates}; set at least ${step}, or begin a new run in another folder.`,
    );
  requireLooks(loaded.config, role);
  const isDone = saved && isFinished(saved.state, updates, times(loaded.config));
  return { records, step, updates, changes, ...(isDone ? { finished: saved.checkpoint } : {}) };
}

/** @throws InputError if the guard of a run would never look */
export function requireLooks(config: Config, role: RunRole): void {
  const { updates, times } = LENGTH[role];
  const looks = times(config);
  if (looks) requireGuard(looks, updates(config));
}

/**
 * A configuration that goes on with a run, whose corpus and tokenizer are found also where the run, or both, were moved.
 * @param name what origins call the run's own configuration
 * @throws InputError if one of them is nowhere
 */
export function withPlaces(loaded: LoadedConfig, { run, manifest }: RunRecords, name: string): LoadedConfig {
  const { data } = loaded.config;
  const found = PLACED.filter((field) => originOf(loaded, `data.${field}`) === name).map((field): [string, unknown] => [
    field,
    findPlace(run, field, data, manifest?.places?.[field]),
  ]);
  return { ...loaded, config: { ...loaded.config, data: { ...data, ...Object.fromEntries(found) } } };
}
