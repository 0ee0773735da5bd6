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
import { type Config, type LoadedConfig, originOf } from '@idlm/recipe/config';
import {
  type Change,
  type RunRecords,
  type RunRole,
  changedImports,
  changesBetween,
  requireSameRun,
} from '@idlm/recipe/records';
import { type Continued, guardTimes, validationTimes } from '@idlm/recipe/runs';
import type { Terminal } from '../terminal';
import { type RunOptions, readLoadedConfig, readRunConfig } from './shared';

/** A run that is gone on with by its command. */
export interface Resumed extends Continued {
  /** Updates that it has made. */
  readonly step: number;
  /** Where nothing is left to do: the last checkpoint, and a sentence. */
  readonly finished?: { readonly checkpoint: CheckpointRef; readonly sentence: string };
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

/** How a finished run ended, and that what is set changes nothing. */
function finishedSentence(step: number, updates: number, changes: readonly Change[]): string {
  const ended = step < updates ? `its guard ended it after update ${step} of ${updates}` : `${step} of ${step} updates`;
  const kept = changes.map(({ path, from }) => `${path} stays ${JSON.stringify(from)}`).join(', ');
  return `Already finished: ${ended}. Nothing was changed${kept ? `; ${kept}` : ''}.`;
}

/**
 * What there is to go on with.
 * @throws InputError if the run is of another kind, settings differ that a run keeps, or it has made more updates than are set
 */
async function resumedRun(loaded: LoadedConfig, records: RunRecords, role: RunRole): Promise<Resumed> {
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
  const sentence = finishedSentence(step, updates, changes);
  return { records, step, changes, ...(isDone ? { finished: { checkpoint: saved.checkpoint, sentence } } : {}) };
}

/** @throws InputError if the guard of a run would never look */
function requireLooks(config: Config, role: RunRole): void {
  const { updates, times } = LENGTH[role];
  const looks = times(config);
  if (looks) requireGuard(looks, updates(config));
}

/** A configuration, and the run that it goes on with, if any. */
export interface Beginning {
  readonly loaded: LoadedConfig;
  readonly resumed?: Resumed;
}

/** The configuration of a new run, or that of the one to go on with and what is set over it. */
export async function beginningOf(options: RunOptions, role: RunRole): Promise<Beginning> {
  if (!options.resume) {
    const loaded = await readLoadedConfig(options);
    requireLooks(loaded.config, role);
    return { loaded };
  }
  const { loaded, records } = await readRunConfig(options.out, options);
  return { loaded, resumed: await resumedRun(loaded, records, role) };
}

/** Says that a run has ended before, where it has; tells whether it did. */
export function reportFinished(terminal: Terminal, resumed: Resumed | undefined): boolean {
  if (!resumed?.finished) return false;
  const { checkpoint, sentence } = resumed.finished;
  terminal.note(sentence);
  const { step, path: model } = checkpoint;
  terminal.result({ step, interrupted: false, finished: true, model }, () => model);
  return true;
}
