import { InputError, type Json, type Parameters, jsonFault, parseJson } from '@idlm/core-diffusion';
import {
  type Origin,
  type Shapes,
  configFields,
  modelCard,
  networkFields,
  readSafetensors,
  tensorsFile,
  weightsFile,
  weightsFrom,
} from '@idlm/denoiser';
import type { HealthState } from '../health/health-state';
import { type NetworkState, type StateGroups, groupsOf, stateOf } from '../networks/network-state';
import { freeGroups } from '../networks/tensor-groups';
import type { Task } from '../tasks/task';
import { type GuardState, MODEL, type SavedGuard, guardOf, savedGuard } from './guard-state';
import { checkIdentity } from './identity';
import type { Identity, ModelInfo } from './model-info';
import type { CheckpointFile, CheckpointRef, CheckpointStore } from './store';

/** `state.json` of a checkpoint. */
export interface TrainingState {
  readonly version: 1;
  readonly task: string;
  readonly step: number;
  /** Role whose average, or what a guard has kept of it, is in `model.safetensors`. */
  readonly result: string;
  /** Updates that each network has made. */
  readonly updates: Readonly<Record<string, number>>;
  readonly identity: Identity;
  /** In guarded runs. */
  readonly guard?: SavedGuard;
  /** In runs that watch their health. */
  readonly health?: HealthState;
}

/** What a checkpoint tells of a task. */
export type SavedTask = Pick<Task, 'name' | 'result' | 'optimizers' | 'networks'>;

/** Name of the state's file. */
export const STATE = 'state.json';

const text = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

/**
 * The average of the result is the folder's model, unless a guard has kept an earlier one; every other group has a file of
 * its own.
 */
const fileOf = (task: Pick<Task, 'result'>, role: string, group: string, hasKept: boolean): string =>
  role === task.result && group === 'ema' && !hasKept ? MODEL : `${role}.${group}.safetensors`;

/** Names of optimizers by role: whose states a checkpoint holds. Their constants may change when a run is resumed. */
const optimizersOf = ({ optimizers }: SavedTask): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(optimizers).map(([role, { name }]) => [role, name]));

/** Identity of a run, with what every run has. */
const fullIdentity = (task: SavedTask, { network, family }: ModelInfo, identity: Identity): Identity => ({
  task: task.name,
  model: networkFields({ network, family }) as Record<string, Json>,
  optimizers: optimizersOf(task),
  ...identity,
});

/** The identity of a checkpoint; before there was a choice, every network was optimised by AdamW. */
const savedIdentity = (task: Task, { identity }: TrainingState): Identity => ({
  ...identity,
  optimizers: identity['optimizers'] ?? Object.fromEntries(Object.keys(task.optimizers).map((role) => [role, 'adamw'])),
});

/** Numbers in all tensors together. */
const parameterCount = (parameters: Parameters): number =>
  Object.values(parameters).reduce((sum, { size }) => sum + size, 0);

/** The shape of each tensor by its name. */
const shapesIn = (parameters: Parameters): Shapes =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));

/** The origin of a checkpoint's model: with the updates of its weights, and what a guard has chosen. */
function originAt({ origin }: ModelInfo, step: number, guard?: GuardState): Origin | undefined {
  if (!origin) return undefined;
  const { kept, score } = guard ? savedGuard(guard) : {};
  const choice = { ...(kept === undefined ? {} : { kept }), ...(score === undefined ? {} : { score }) };
  return { ...origin, made: { ...origin.made, updates: kept ?? step, ...(guard ? { guard: choice } : {}) } };
}

/**
 * The files of a checkpoint, one after another, so that one is in memory at a time: a model folder (config, tokenizer,
 * average of the result, or what the guard has kept of it) with weights, moments and averages of every network and the
 * state of training.
 */
export async function* snapshotFiles(
  task: SavedTask,
  step: number,
  model: ModelInfo,
  identity: Identity,
  guard?: GuardState,
  health?: HealthState,
): AsyncGenerator<CheckpointFile> {
  const networks = task.networks();
  const origin = originAt(model, step, guard);
  const { network, family } = model;
  yield { name: 'config.json', bytes: text(configFields({ network, family, ...origin })) };
  if (origin) {
    const count = parameterCount(networks[task.result]!.weights);
    const card = modelCard({ network, family, ...origin, parameterCount: count });
    yield { name: 'README.md', bytes: new TextEncoder().encode(card) };
  }
  for (const [name, content] of Object.entries(model.files ?? {}))
    yield { name, bytes: new TextEncoder().encode(content) };
  for (const [role, state] of Object.entries(networks)) {
    for (const [group, tensors] of Object.entries(groupsOf(state))) {
      const metadata = { role, group, step: String(step) };
      const isNetwork = group === 'weights' || group === 'ema';
      const bytes = isNetwork ? await weightsFile(tensors, network, metadata) : await tensorsFile(tensors, metadata);
      yield { name: fileOf(task, role, group, Boolean(guard?.kept)), bytes };
    }
  }
  // A copy: what is kept is needed again, and files are the store's.
  if (guard?.kept) yield { name: MODEL, bytes: guard.kept.file.slice() };
  const updates = Object.fromEntries(Object.entries(networks).map(([role, state]) => [role, state.updates]));
  const state: TrainingState = {
    version: 1,
    task: task.name,
    step,
    result: task.result,
    updates,
    identity: fullIdentity(task, model, identity),
    ...(guard ? { guard: savedGuard(guard) } : {}),
    ...(health ? { health } : {}),
  };
  yield { name: STATE, bytes: text(state) };
}

function jsonOf(bytes: Uint8Array, what: string): unknown {
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InputError(
      `${what} has a ${STATE} that ${jsonFault(error)}; go on from another checkpoint, or begin a new run.`,
    );
  }
}

/** The state of a checkpoint. @throws InputError if it is damaged or of another version */
export function parseState(bytes: Uint8Array, what: string): TrainingState {
  const state = jsonOf(bytes, what) as Partial<TrainingState> | null;
  if (state?.version !== 1)
    throw new InputError(`${what} has state of version ${String(state?.version)}; this program reads version 1.`);
  return { ...state, ...(state.guard ? { guard: guardOf(state.guard) } : {}) } as TrainingState;
}

/** The newest checkpoint that is whole, with its state; undefined where there is none. */
export async function savedState(
  store: Pick<CheckpointStore, 'latest' | 'read'>,
): Promise<{ readonly checkpoint: CheckpointRef; readonly state: TrainingState } | undefined> {
  const { checkpoint } = await store.latest();
  return checkpoint && { checkpoint, state: parseState(await store.read(checkpoint, STATE), checkpoint.path) };
}

/**
 * Puts the networks of a checkpoint in place.
 * @param read a file of the checkpoint by name
 * @param what the checkpoint in messages
 * @returns its step
 * @throws InputError if it is of another task, model or identity, naming both values; the task is then as before
 */
export async function restoreSnapshot(
  task: Task,
  model: ModelInfo,
  identity: Identity,
  read: (name: string) => Promise<Uint8Array>,
  what: string,
): Promise<number> {
  const state = parseState(await read(STATE), what);
  checkIdentity(what, savedIdentity(task, state), fullIdentity(task, model, identity));
  const made: Record<string, Record<string, Parameters>> = {};
  try {
    for (const [role, present] of Object.entries(task.networks())) {
      made[role] = {};
      for (const [group, tensors] of Object.entries(groupsOf(present))) {
        const name = fileOf(task, role, group, state.guard?.kept !== undefined);
        const file = readSafetensors(await read(name), name);
        made[role][group] = weightsFrom(file, shapesIn(tensors), model.network.type, name);
      }
    }
  } catch (error) {
    Object.values(made).forEach(freeGroups);
    throw error;
  }
  const networks = Object.entries(made).map(([role, groups]): [string, NetworkState] => [
    role,
    stateOf(groups as StateGroups, state.updates[role]!),
  ]);
  task.restore(Object.fromEntries(networks));
  return state.step;
}
